// SPDX-License-Identifier: Apache-2.0
/// \file  Long chains on Gaussians: the law at the end, steps that reach their acceptance, what is refused.
#include <ncsn/samplers/long_run.hpp>

#include <boost/test/unit_test.hpp>

#include <optional>

using namespace ncsn;
using reals = tensor<double, cpu>;

namespace {

/// E(y, t) = scale_t |y|²/2v_t, v_t the variance of y_t where the data have S.
struct gaussian_energy {
    recovery_process process;
    double S;
    [[maybe_unused]] static constexpr std::tuple<> members{};

    double variance(std::size_t t) const {
        const recovery_step& s = process[t];
        return s.kept * s.kept * (s.total_signal * s.total_signal * S + s.total_sigma * s.total_sigma);
    }
    template <Differentiable X> X operator()(const X& y, const noise_levels& z) const {
        return row_sum(index_column(z, y, [this](std::size_t t) { return 0.5 * process[t].scale / variance(t); }) * (y * y));
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(steps_reach_their_acceptance_and_long_chains_draw_from_the_data) {
    const double S = 0.5;
    const recovery_process process = recovery_paper(ddpm_diffusion({.steps = 6, .first = 0.1, .last = 0.5}), 1);
    const gaussian_energy energy{process, S};
    philox rng{1};
    const adaptation a{.transitions = 20};
    const level_steps found = adapted_steps(process, energy, normal<reals>({500, 3}, rng), rng, a);
    for (const double acceptance : found.acceptance) {
        BOOST_TEST(acceptance >= a.lowest);
        BOOST_TEST(acceptance <= a.highest);
    }
    const double kept = process[5].total_signal * process[5].signal, end = kept * kept * S + 1 - kept * kept;   // the law of x_6
    const std::size_t n = 8000;
    std::vector<double> seen;
    const reals x = progressive{process, long_run{found.steps, 25}}(energy, std::sqrt(end) * normal<reals>({n, 1}, rng), rng,
        [&](const noise_level&, const long_run_move<reals>& move) { seen.push_back(move.acceptance); });
    BOOST_TEST(std::abs(mean(x * x).item() / S - 1) < 5 * std::sqrt(2. / n));
    BOOST_TEST_REQUIRE(seen.size() == 6u);
    for (const double acceptance : seen) BOOST_TEST(acceptance > 0.5);                // of one dimension here, three there
}

BOOST_AUTO_TEST_CASE(one_move_is_the_normal_approximation) {
    const recovery_process process = recovery_fine(ddpm_diffusion({.steps = 5, .first = 0.01, .last = 0.1}));
    const gaussian_energy energy{process, 0.5};
    philox one{2}, two{2};
    const reals start = normal<reals>({7, 2}, one), again = normal<reals>({7, 2}, two);
    const reals a = progressive{process, long_run{}}(energy, start, one), b = progressive{process, normal_approximation{}}(energy, again, two);
    BOOST_TEST(std::ranges::equal(a.values(), b.values()));
    BOOST_CHECK_THROW((progressive{process, long_run{{}, 3}}(energy, start, one)), error);
    BOOST_CHECK_THROW((progressive{process, long_run{{}, 0}}(energy, start, one)), error);
}

BOOST_AUTO_TEST_CASE(steps_that_were_kept_are_gone_on_with_to_the_same_bits) {
    const recovery_process process = recovery_paper(ddpm_diffusion({.steps = 5, .first = 0.1, .last = 0.5}), 1);
    const gaussian_energy energy{process, 0.5};
    philox rng{3};
    const reals x_T = normal<reals>({40, 3}, rng);
    const adaptation a{.transitions = 10};
    philox of_all = rng;
    const level_steps whole = adapted_steps(process, energy, x_T, of_all, a);
    steps_under_way<reals> at{process, x_T, rng};
    std::optional<steps_under_way<reals>> kept;
    std::stop_source stop;
    const auto end_after_two = [&](const steps_under_way<reals>& now) {
        if (now.left == 3) kept = now, stop.request_stop();
    };
    BOOST_CHECK_THROW((adapted_steps(process, energy, at, a, end_after_two, stop.get_token())), stopped);
    BOOST_REQUIRE(kept.has_value());
    const level_steps rest = adapted_steps(process, energy, *kept, a);
    BOOST_TEST(rest.steps == whole.steps);
    BOOST_TEST(rest.acceptance == whole.acceptance);
    BOOST_TEST((kept->rng == of_all));
    steps_under_way<reals> wrong{process, x_T, rng};
    wrong.left = 6;
    BOOST_CHECK_THROW(wrong.check(), error);
    steps_under_way<reals> other{recovery_paper(ddpm_diffusion({.steps = 4, .first = 0.1, .last = 0.5}), 1), x_T, rng};
    BOOST_CHECK_THROW(adapted_steps(process, energy, other, a), error);
}
