// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of progressive sampling on quadratic energies, where every chain has a law in closed form.
#include <ncsn/samplers/by_level.hpp>
#include <ncsn/samplers/hamiltonian.hpp>
#include <ncsn/samplers/progressive.hpp>

#include <boost/test/unit_test.hpp>

#include <support/moments.hpp>

using namespace ncsn;
using reals = tensor<double, cpu>;

namespace {

/// E(y, t) = scale_t |y|²/2v_t: the energy of N(0, v_t I).
struct gaussian_energy {
    recovery_process process;
    std::vector<double> variances;
    static constexpr std::tuple<> members{};

    template <Differentiable X> X operator()(const X& y, const noise_levels& z) const {
        return row_sum(index_column(z, y, [this](std::size_t t) { return 0.5 * process[t].scale / variances[t]; }) * (y * y));
    }
};
/// The exact energies of data from N(0, S I): y_t = a' x_t, x_t = ā x + σ̄ n.
gaussian_energy exact_energy(const recovery_process& process, double S) {
    gaussian_energy energy{process, {}};
    for (std::size_t t = 0; t < process.size(); ++t) {
        const recovery_step& s = process[t];
        energy.variances.push_back(s.kept * s.kept * (s.total_signal * s.total_signal * S + s.total_sigma * s.total_sigma));
    }
    return energy;
}
using gaussian_conditional = recovery_conditional<gaussian_energy, reals>;

}  // namespace

static_assert(EnergyModel<gaussian_energy, reals>);
static_assert(Transition<recovery_langevin, gaussian_conditional, reals>);
static_assert(Transition<normal_approximation, gaussian_conditional, reals>);
static_assert(Transition<hamiltonian, gaussian_conditional, reals>);

BOOST_AUTO_TEST_CASE(langevin_dynamics_on_a_quadratic_energy_has_the_mean_and_variance_of_its_recursion) {
    // Precision P = 1/v + pull/σ²: m <- (1 - δ²P/2) m + δ²/2 · pull x̃/σ², V <- (1 - δ²P/2)² V + δ² noise². From y = x̃.
    const recovery_process process = recovery_code(recovery_t6(), 0.02);               // large steps, so that 10 of them move far
    const gaussian_energy energy = exact_energy(process, 0.5);
    for (const std::size_t t : {0, 3, 5})
        for (const double noise : {1.0, 0.5}) {
            philox rng{t};
            const recovery_step& step = process[t];
            const double pull = step.pull / (step.sigma * step.sigma), P = 1 / energy.variances[t] + pull, condition = 0.7;
            const reals x({20000, 2}, condition);
            const recovery_conditional conditional{process, energy, x};
            const recovery_langevin transition{process, noise};
            double m = condition, V = 0;
            reals y = x;
            for (int k = 0; k < 10; ++k) {
                y = transition(conditional, y, process.level(t), rng);
                const double share = 1 - step.variance * P / 2;
                m = share * m + step.variance / 2 * pull * condition;
                V = share * share * V + step.variance * noise * noise;
                BOOST_TEST(has_moments(y, m, V), "level " << t << ", step " << k);
            }
        }
}

BOOST_AUTO_TEST_CASE(with_exact_conditionals_it_draws_from_the_data) {
    // The chain x_T -> ... -> x₀ is exact when every y ~ p(y | x_{t+1}) is: Var x₀ = ā₀² S + σ̄₀². Twelve transitions of Hamiltonian Monte Carlo a
    // level.
    const double S = 0.5;
    const diffusion gentle = ddpm_diffusion({.steps = 7, .first = 0.1, .last = 0.6});
    const double kept = gentle.total_signal(6) * gentle.total_signal(6);
    for (const auto& [process, start] : {std::pair{recovery_code(), 1.0}, std::pair{recovery_paper(gentle), kept * S + 1 - kept}}) {
        const gaussian_energy energy = exact_energy(process, S);
        philox rng{3};
        const progressive sampler{process, repeat{12, hamiltonian{0.7, 2}}};
        std::vector<std::size_t> seen;
        const reals noise = std::sqrt(start) * normal<reals>({10000, 2}, rng);
        const reals x = sampler(energy, noise, rng, [&](const noise_level& level, const metropolis_state<reals>& move) {
            seen.push_back(level.index);
            BOOST_TEST(move.acceptance() > 0.7);
        });
        BOOST_TEST_REQUIRE(seen.size() == process.size());
        for (std::size_t k = 0; k < seen.size(); ++k) BOOST_TEST(seen[k] == process.size() - 1 - k);
        BOOST_TEST(has_moments(x, 0, process[0].total_signal * process[0].total_signal * S + process[0].total_sigma * process[0].total_sigma));
    }
}

BOOST_AUTO_TEST_CASE(a_thousand_normal_approximations_follow_their_recursion_and_end_near_the_data) {
    // y = x̃ - σ²/v x̃ + σ z, x_t = y/a':  V_t = ((1 - σ²/v)² V_{t+1} + σ²)/a'².
    const recovery_process process = recovery_fine();
    const gaussian_energy energy = exact_energy(process, 0.5);
    philox rng{4};
    double V = 1;
    for (std::size_t t = process.size(); t-- > 0;) {
        const double square = process[t].sigma * process[t].sigma, share = 1 - square / energy.variances[t];
        V = (share * share * V + square) / (process[t].kept * process[t].kept);
    }
    const reals x = progressive{process, normal_approximation{}}(energy, normal<reals>({3000, 2}, rng), rng);
    BOOST_TEST(has_moments(x, 0, V));
    BOOST_TEST(std::abs(V / 0.5 - 1) < 0.02);                                         // exact in the limit of small steps
}

BOOST_AUTO_TEST_CASE(a_transition_that_checks_levels_is_asked_before_the_first_move) {
    const recovery_process process = recovery_code();
    philox rng{5};
    std::size_t moves = 0;
    const auto counted = [&](const auto& conditional, const reals& y, const noise_levels& levels, philox& own) {
        ++moves;
        return recovery_langevin{process}(conditional, y, levels, own);
    };
    const by_level transitions{std::vector(process.size() + 1, counted)};
    BOOST_CHECK_THROW((progressive{process, transitions}(exact_energy(process, 0.5), normal<reals>({4, 2}, rng), rng)), error);
    BOOST_TEST(moves == 0u);
}

BOOST_AUTO_TEST_CASE(an_energy_of_another_number_of_levels_is_refused_before_it_is_asked) {
    struct of_five : gaussian_energy {
        std::size_t levels() const { return 5; }
    };
    philox rng{5};
    const reals x = normal<reals>({4, 2}, rng);
    const auto run = [&](std::size_t T) {
        const recovery_process process = recovery_code(recovery_blocks(T));
        progressive{process, recovery_langevin{process}}(of_five{exact_energy(process, 0.5)}, x, rng);
    };
    BOOST_CHECK_NO_THROW(run(5));
    BOOST_CHECK_EXCEPTION(run(6), error, [](const error& reason) {
        return std::string{reason.what()}.find("6 levels for a network of 5") != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(an_energy_that_is_too_steep_is_named) {
    const recovery_process process = recovery_code();
    gaussian_energy steep = exact_energy(process, 0.5);
    steep.variances[4] = 1e-12;
    philox rng{5};
    try {
        progressive{process, repeat{60, recovery_langevin{process}}}(steep, normal<reals>({4, 2}, rng), rng);
        BOOST_ERROR("accepted");
    } catch (const error& reason) {
        BOOST_TEST(std::string{reason.what()}.find("after level 4 of 6") != std::string::npos, reason.what());
    }
}
