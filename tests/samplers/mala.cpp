// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of accepting and rejecting, and of the Metropolis-adjusted Langevin algorithm: its stationary law is the target at every step size.
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/hamiltonian.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/samplers/mala.hpp>

#include <boost/test/unit_test.hpp>

#include <support/files.hpp>
#include <support/moments.hpp>

#include <limits>

using namespace ncsn;
using array = tensor<float, cpu>;
using reals = tensor<double, cpu>;

namespace {

const noise_level unit{0, 1, 0, 1}, wide{0, 2, 1, 1};

/// -|x|²/2 as a score without a mixture's machinery, and a generator that only knows normal numbers.
struct quadratic_energy {
    static constexpr std::tuple<> members{};
    template <Differentiable X> X operator()(const X& x, const noise_levels&) const { return 0.5 * row_sum(x * x); }
};
struct other_generator {
    philox rng;
};
template <Array A> A normal_like(const A& x, other_generator& g) { return ncsn::normal_like(x, g.rng); }

}  // namespace

static_assert(Transition<mala, gaussian_mixture<array>, array>);
static_assert(Transition<mala, energy_score<quadratic_energy>, reals>);
static_assert(Transition<repeat<mala>, gaussian_mixture<array>, array>);

BOOST_AUTO_TEST_CASE(a_proposal_is_taken_with_the_probability_of_its_ratio) {
    const std::size_t n = 40000;
    philox rng{1};
    for (const double ratio : {0.0, -0.1, -1.0, -3.0}) {
        const reals x({n, 2}), y({n, 2}, 1.0);
        const auto move = metropolis(x, y, reals({n, 1}, ratio), rng);
        const double p = std::exp(ratio);
        BOOST_TEST(std::abs(move.acceptance() - p) <= 5 * std::sqrt(p * (1 - p) / n));
        for (std::size_t i = 0; i < n; ++i) BOOST_TEST_REQUIRE((move.x[2 * i] == move.accepted[i] && move.x[2 * i + 1] == move.accepted[i]));
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_number_is_rejected_and_images_move_whole) {
    philox rng{2};
    const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
    const reals x({3, 2, 2, 1}, 5.0), y({3, 2, 2, 1}, infinity), ratio({3, 1}, {nan, -infinity, infinity});
    const auto move = metropolis(x, y, ratio, rng);
    for (std::size_t i = 0; i < 12; ++i) BOOST_TEST(move.x[i] == (i < 8 ? 5.0 : infinity));
}

namespace {

/// N(0, I), whose score and density have these added where x₁ > 0: numbers that are none spoil them there.
struct spoilt_gaussian {
    double on_score = 0, on_density = 0;
    reals operator()(const reals& x, const noise_levels&) const { return with(-x, x, on_score); }
    reals log_density(const reals& x, const noise_levels&) const { return with(-0.5 * row_dot(x, x), x, on_density); }

private:
    static reals with(reals y, const reals& x, double bad) {
        for (std::size_t i = 0; i < x.shape()[0]; ++i)
            if (x[2 * i] > 0) y.write()[i * y.shape().row_size()] += bad;
        return y;
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_start_of_which_the_model_says_nothing_is_refused_and_such_a_proposal_rejected) {
    const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
    const reals good({3, 2}, -1.0), one_bad({3, 2}, {-1, -1, 1, -1, -1, -1});
    const auto check = [&](const auto& transition) {
        philox rng{8};
        for (const auto& [model, part] : {std::pair{spoilt_gaussian{nan, 0}, "the score of a sample"}, {spoilt_gaussian{infinity, 0}, "the score"},
                                          {spoilt_gaussian{0, nan}, "the log density of a sample"}, {spoilt_gaussian{0, -infinity}, "density"}}) {
            const std::string said = message_of([&] { annealed{std::vector{2.0, 1.0}, repeat{5, transition}}(model, one_bad, rng); });
            BOOST_TEST(said.find("level 0 (sigma 2)") != std::string::npos, said);
            BOOST_TEST(said.find(part) != std::string::npos, said);
            BOOST_CHECK_THROW(transition(model, one_bad, unit, rng), error);
            double accepted = 0;
            reals x = good;
            for (int t = 0; t < 200; ++t) {
                const auto move = transition(model, x, unit, rng);
                x = move.x, accepted += move.acceptance() / 200;
                for (std::size_t i = 0; i < 3; ++i) BOOST_TEST_REQUIRE(x[2 * i] <= 0);
            }
            BOOST_TEST((accepted > 0.2 && accepted < 0.95), accepted);
        }
    };
    check(mala{full_step(0.5)});
    check(hamiltonian{0.9, 2});
    philox rng{9};
    BOOST_CHECK_THROW(adapted(hamiltonian{}, spoilt_gaussian{nan, 0}, one_bad, unit, rng), error);
    BOOST_CHECK_THROW((hamiltonian{infinity, 2}(spoilt_gaussian{}, good, unit, rng)), error);
}

BOOST_AUTO_TEST_CASE(the_target_is_stationary_where_langevin_dynamics_is_far_off) {
    // N(0, σ²) with ε = 1.2: plain Langevin rests at σ²/(1 - 0.6), MALA at σ². 40,000 numbers.
    const gaussian_mixture<reals> atom{{1, {0, 0}}};
    for (const noise_level& level : {unit, wide}) {
        philox rng{3};
        reals exact = level.sigma * normal<reals>({20000, 2}, rng), x = exact, far = exact;
        double acceptance = 0;
        for (int t = 0; t < 40; ++t) {
            const auto move = mala{full_step(1.2)}(atom, x, level, rng);
            x = move.x, acceptance += move.acceptance() / 40;
            far = langevin{full_step(1.2)}(atom, far, level, rng);
        }
        BOOST_TEST(has_moments(x, 0, level.sigma * level.sigma));
        BOOST_TEST(!has_moments(far, 0, level.sigma * level.sigma));
        BOOST_TEST(acceptance > 0.3);
        BOOST_TEST(acceptance < 0.9);
    }
}

BOOST_AUTO_TEST_CASE(it_forgets_where_it_started) {
    const gaussian_mixture<reals> target{{{1, {0, 0}}}, 0.5};                         // variance 1.25
    philox rng{4};
    reals x({20000, 2}, 2.0);
    x = position(repeat{120, mala{full_step(0.8)}}(target, x, unit, rng));
    BOOST_TEST(has_moments(x, 0, 1.25));
}

BOOST_AUTO_TEST_CASE(small_steps_are_always_taken_and_large_ones_never) {
    const gaussian_mixture<reals> atom{{1, {0, 0}}};
    philox rng{5};
    const reals x = normal<reals>({2000, 2}, rng);
    BOOST_TEST(mala{full_step(1e-4)}(atom, x, unit, rng).acceptance() > 0.999);
    BOOST_TEST(mala{full_step(1e4)}(atom, x, unit, rng).acceptance() == 0.0);
    BOOST_TEST(mala{full_step(1e4)}(atom, x, unit, rng).x[7] == x[7]);
}

BOOST_AUTO_TEST_CASE(it_runs_on_an_energy_with_any_generator) {
    other_generator other{philox{6}};
    philox rng{6};
    const auto score = score_of(quadratic_energy{});
    const reals x({50, 2}, 1.0), a = mala{full_step(0.5)}(score, x, unit, other).x, b = mala{full_step(0.5)}(score, x, unit, rng).x;
    BOOST_TEST(std::ranges::equal(a.values(), b.values()));
    BOOST_TEST(rng.draw == 2u);
    reals y({20000, 2}, 0.0);
    for (int t = 0; t < 60; ++t) y = mala{full_step(0.9)}(score, y, unit, rng).x;
    BOOST_TEST(has_moments(y, 0, 1));
}

BOOST_AUTO_TEST_CASE(a_sample_does_not_depend_on_the_batch_around_it) {
    const gaussian_mixture<array> two{{{0.8, {1, 1}}, {0.2, {-1, -1}}}, 0.5};
    philox rng{7}, half = philox{7}.at_sample(3);
    const array x({6, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}), part({3, 2}, {7, 8, 9, 10, 11, 12});
    const array whole = repeat{5, mala{full_step(0.7)}}(two, x, unit, rng).x, alone = repeat{5, mala{full_step(0.7)}}(two, part, unit, half).x;
    for (std::size_t i = 0; i < 6; ++i) BOOST_TEST(whole[6 + i] == alone[i]);
}

namespace {

/// A mixture that counts how often it is asked for its score and its density.
struct counted_mixture {
    const gaussian_mixture<reals>& mixture;
    std::size_t &scores, &densities;
    reals operator()(const reals& x, const noise_levels& z) const { return ++scores, mixture(x, z); }
    reals log_density(const reals& x, const noise_levels& z) const { return ++densities, mixture.log_density(x, z); }
};

}  // namespace

static_assert(KeepsState<mala, gaussian_mixture<reals>, reals> && KeepsState<hamiltonian, gaussian_mixture<reals>, reals>);
static_assert(!KeepsState<langevin, gaussian_mixture<reals>, reals> && !KeepsState<repeat<mala>, gaussian_mixture<reals>, reals>);

BOOST_AUTO_TEST_CASE(what_is_known_of_a_point_is_kept_and_changes_no_number) {
    // n moves visit n proposals and the start: n + 1 scores and densities (n k + 1 scores with k leapfrogs). One by one they cost 2 each, and agree.
    const gaussian_mixture<reals> two{{0.6, {1, 0}}, {0.4, {-1, 0.5}}};
    const auto agrees = [&](const auto& transition, std::size_t moves, std::size_t expected) {
        std::size_t scores = 0, densities = 0;
        const counted_mixture target{two, scores, densities};
        philox rng{11};
        const reals x0 = normal<reals>({50, 2}, rng);
        philox again = rng;
        const auto last = repeat{moves, transition}(target, x0, wide, rng);
        BOOST_TEST(scores == expected);
        BOOST_TEST(densities == moves + 1);
        reals x = x0;
        for (std::size_t t = 0; t < moves; ++t) x = transition(target, x, wide, again).x;
        BOOST_TEST(std::ranges::equal(last.x.values(), x.values()));
        BOOST_TEST(std::ranges::equal(last.score.values(), two(x, wide).values()));
        BOOST_TEST(std::ranges::equal(last.log_density.values(), two.log_density(x, wide).values()));
        BOOST_TEST((rng == again));
        std::size_t met = 0;                                                        // annealed keeps it within each level
        scores = densities = 0;
        annealed{std::vector{2.0, 1.0}, repeat{moves, transition}}(target, x0, rng, [&](const noise_level&, const auto&) { ++met; });
        BOOST_TEST(scores == met * expected);
        BOOST_TEST(densities == met * (moves + 1));
    };
    agrees(mala{full_step(0.8)}, 7, 8);
    agrees(mala{full_step(0.8)}, 1, 2);
    agrees(hamiltonian{0.9, 3}, 7, 22);
}
