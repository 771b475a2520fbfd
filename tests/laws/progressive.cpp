// SPDX-License-Identifier: Apache-2.0
/// \file  Progressive sampling from exact energies samples what it says, on every target, and with one mistake it does not.
#include <ncsn/samplers/hamiltonian.hpp>
#include <ncsn/samplers/progressive.hpp>

#include <boost/test/unit_test.hpp>

#include <support/laws.hpp>

#include <optional>

using namespace ncsn;

namespace {

/// E(y, t) = -scale ln p(y) for a target's y_t = a' (ā x + σ̄ n).
struct exact_energy {
    recovery_process process;
    const target* data;
    static constexpr std::tuple<> members{};

    template <Differentiable X> X operator()(const X& y, const noise_levels& z) const {
        const recovery_step& s = process[z.index.at(0)];
        const double signal = s.kept * s.total_signal, square = s.kept * s.kept * s.total_sigma * s.total_sigma;
        if (data->gaussian()) {
            points precision({1, data->variances.size()});
            for (std::size_t i = 0; i < data->variances.size(); ++i)
                precision.write()[i] = static_cast<float>(1 / (signal * signal * data->variances[i] + square));
            const X along = matmul(y - signal * data->mean, data->axes);
            return (0.5 * s.scale) * row_sum(along * along * precision);
        }
        const normal_mixture law = data->law(0);
        const std::size_t K = law.components.size();
        const double variance = signal * signal * data->narrowest + square;
        points means({K, 2}), constants({1, K});
        for (std::size_t k = 0; k < K; ++k) {
            const auto& [weight, mean, covariance] = law.components[k];
            for (std::size_t i = 0; i < 2; ++i) means.write()[2 * k + i] = static_cast<float>(signal * mean[i] / variance);
            const double length = signal * signal * (mean[0] * mean[0] + mean[1] * mean[1]);
            constants.write()[k] = static_cast<float>(std::log(weight) - length / (2 * variance));
        }
        return s.scale * ((0.5 / variance) * row_dot(y, y) - row_log_sum_exp(matmul(y, means) + constants));
    }
};
using conditional = recovery_conditional<exact_energy, points>;
/// One type for all transitions, so that the loop over levels is compiled once.
using transition = std::function<points(const conditional&, const points&, const noise_level&, philox&)>;

/// From points in data units to points in data units.
subject::run from_top(const recovery_process& process, const transition& k, std::optional<recovery_process> sampled = {}) {
    return [process, sampler = progressive{sampled.value_or(process), k}](const target& t, const points& x0, philox& rng) {
        const recovery_step& top = process[process.size() - 1];
        return points{(1 / process[0].total_signal) * sampler(exact_energy{process, &t}, points{(top.kept * top.total_signal) * x0}, rng)};
    };
}
/// What a level makes of u, x̃ = a'ā (m + u) along an axis: w, y = a'ā (m + w).  w = share u + noise.
struct level_law {
    double share, added;
};
run_law from_top_law(const recovery_process& process, const std::function<level_law(const recovery_step&, double variance, double unit)>& level) {
    return [=](double variance, axis_state s) {
        for (std::size_t t = process.size(); t-- > 0;) {
            const recovery_step& step = process[t];
            const double unit = step.kept * step.total_signal;
            const double of_y = unit * unit * variance + step.kept * step.kept * step.total_sigma * step.total_sigma;
            const auto [share, added] = level(step, of_y, unit);
            s = moved(s, share, added);
        }
        return s;
    };
}
/// w <- w - δ²/2 (w/v + pull (w - u)/σ²) + δ z/(a'ā), from w = u.
run_law langevin_from_top(const recovery_process& process, std::size_t moves) {
    return from_top_law(process, [moves](const recovery_step& s, double variance, double unit) {
        const double pull = s.pull / (s.sigma * s.sigma), kept = 1 - s.variance / 2 * (1 / variance + pull);
        level_law w{1, 0};
        for (std::size_t k = 0; k < moves; ++k) w = {kept * w.share + s.variance / 2 * pull, kept * kept * w.added + s.variance / (unit * unit)};
        return w;
    });
}
/// w = u - σ² u/v + σ z/(a'ā).
run_law approximation_from_top(const recovery_process& process) {
    return from_top_law(process, [](const recovery_step& s, double variance, double unit) {
        const double square = s.sigma * s.sigma;
        return level_law{1 - square / variance, square / (unit * unit)};
    });
}

const diffusion steep = ddpm_diffusion({.steps = 7, .first = 0.1, .last = 0.6}), fine = ddpm_diffusion({.steps = 400, .first = 1e-4, .last = 0.02});
recovery_process process_of(const diffusion& d, bool marginal_last) {
    return recovery_levels(d, [d](std::size_t k) { return 0.5 * d.sigma(k) * d.sigma(k); }, marginal_last);
}
/// The levels of recovery_fine, but that x_0 carries the noise of the first step: no level's law then ends at noise 0.
recovery_process approximated(const diffusion& d) {
    return recovery_levels(d, [d](std::size_t k) { return d.sigma(k) * d.sigma(k); }, false);
}
constexpr std::size_t moves = 4;

transition langevin_moves(const recovery_process& process) { return repeat{moves, recovery_langevin{process}}; }
/// Draws from the exact conditionals but for what 20 transitions leave.
transition exact_moves() {
    return [](const conditional& c, const points& y, const noise_level& z, philox& rng) {
        return points{position(repeat{20, hamiltonian{0.7, 2}}(c, y, z, rng))};
    };
}
/// From σ̄/ā of the level that the start stands for to that of x₀.
subject between(subject s, const diffusion& small, bool marginal) {
    s.starts = 2;
    s.fine_starts = small.noise(small.size() - (marginal ? 2 : 1));
    s.ends = small.noise(0);
    return s;
}

}  // namespace

BOOST_AUTO_TEST_CASE(langevin_moves_have_the_law_of_their_steps_and_exact_conditionals_that_of_the_target) {
    for (const bool marginal : {false, true}) {
        const recovery_process process = process_of(steep, marginal);
        BOOST_TEST(failures(between(from_runs("langevin moves", from_top(process, langevin_moves(process)), langevin_from_top(process, moves),
                                             from_top(process, exact_moves()), {}), steep, marginal)) == "");
    }
}

BOOST_AUTO_TEST_CASE(normal_approximations_have_the_law_of_their_steps) {
    const recovery_process coarse = approximated(steep), many = approximated(fine);
    BOOST_TEST(failures(between(from_runs("normal approximations", from_top(coarse, normal_approximation{}), approximation_from_top(coarse),
                                         from_top(many, normal_approximation{}), approximation_from_top(many)), fine, false)) == "");
}

BOOST_AUTO_TEST_CASE(mistakes_are_rejected) {
    const recovery_process process = process_of(steep, false);
    const auto claimed = [&](const std::string& name, const transition& k, std::optional<recovery_process> sampled = {}) {
        const subject::run run = from_top(process, k, sampled);
        return between(from_runs(name, run, langevin_from_top(process, moves), run, {}), steep, false);
    };
    const auto rejected = [&](const std::string& name, const transition& k, std::optional<recovery_process> sampled = {}) {
        const std::string found = first_failures(claimed(name, k, sampled));
        BOOST_TEST_MESSAGE(name << " -> " << found);
        return found.starts_with("gaussian") && found.find("covariance") != std::string::npos;
    };
    /// move(conditional, y, level, rng, δ²), as often as in the law.
    const auto repeated = [&](const auto& move) {
        return transition{[=](const conditional& c, const points& x, const noise_level& z, philox& rng) {
            points y = x;
            for (std::size_t k = 0; k < moves; ++k) y = move(c, y, z, rng, process[z.index].variance);
            return y;
        }};
    };
    /// The levels with one number changed, where the energy keeps the true ones.
    const auto changed = [&](const auto& change) {
        std::vector<recovery_step> steps;
        for (std::size_t t = 0; t < process.size(); ++t) change(steps.emplace_back(process[t]));
        return recovery_process{steps};
    };
    const transition good = langevin_moves(process);
    const transition same_form = repeated([](auto& c, const points& y, const noise_level& z, philox& rng, double square) {
        return points{y + 0.5 * square * c(y, z) + std::sqrt(square) * normal_like(y, rng)};
    });
    for (const target& t : all_targets())
        if (t.gaussian()) BOOST_TEST(counted(failed_checks(claimed("no mistake", same_form), t)).empty());
    BOOST_TEST(rejected("whole drift", repeated([](auto& c, const points& y, const noise_level& z, philox& rng, double square) {
        return points{y + square * c(y, z) + std::sqrt(square) * normal_like(y, rng)};
    })));
    BOOST_TEST(rejected("noise without root", repeated([](auto& c, const points& y, const noise_level& z, philox& rng, double square) {
        return points{y + 0.5 * square * c(y, z) + square * normal_like(y, rng)};
    })));
    BOOST_TEST(rejected("condition follows the chain", repeated([](auto& c, const points& y, const noise_level& z, philox& rng, double square) {
        conditional moving = c;
        moving.condition = y;
        return points{y + 0.5 * square * moving(y, z) + std::sqrt(square) * normal_like(y, rng)};
    })));
    BOOST_TEST(rejected("energy of the level below", repeated([](auto& c, const points& y, const noise_level& z, philox& rng, double square) {
        const noise_level below{z.index > 0 ? z.index - 1 : 0, z.sigma, z.next, z.last};
        return points{y + 0.5 * square * c(y, below) + std::sqrt(square) * normal_like(y, rng)};
    })));
    BOOST_TEST(rejected("one move too few", repeat{moves - 1, recovery_langevin{process}}));
    BOOST_TEST(rejected("no pull", good, changed([](recovery_step& s) { s.pull = 0; })));
    BOOST_TEST(rejected("pull by sigma", good, changed([](recovery_step& s) { s.sigma = std::sqrt(s.sigma); })));
    BOOST_TEST(rejected("energy without its unit", good, changed([](recovery_step& s) { s.scale = 1; })));
    BOOST_TEST(rejected("y for x", good, changed([](recovery_step& s) { s.kept = 1; })));
}

BOOST_AUTO_TEST_CASE(as_many_runs_were_made_as_share_the_level_of_the_distribution) { BOOST_TEST(runs_counted == true_runs::progressive); }
