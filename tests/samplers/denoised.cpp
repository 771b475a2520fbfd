// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the expected denoised sample: the posterior mean in closed form, and both points where it may be taken.
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/samplers/consistent.hpp>
#include <ncsn/samplers/denoised.hpp>
#include <ncsn/samplers/langevin.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using array = tensor<double, cpu>;

namespace {

double largest_difference(const array& a, const array& b) {
    double largest = 0;
    for (const double value : (a - b).values()) largest = std::max(largest, std::abs(value));
    return largest;
}
const geometric schedule{{.first = 2, .last = 0.5, .levels = 4}};
const gaussian_mixture<array> target{{{0.6, {3, -1}}, {0.4, {0, 2}}}, 0.7};

}  // namespace

static_assert(Sampler<denoised<annealed<geometric, consistent>>, gaussian_mixture<array>, array>);

BOOST_AUTO_TEST_CASE(on_a_gaussian_it_is_the_posterior_mean) {
    // Data N(m, S I) seen through noise of deviation σ: E[x | x̃] = (S x̃ + σ² m)/(S + σ²).
    const gaussian_mixture<array> gaussian{{{1, {3, -1}}}, 0.7};
    philox rng{1};
    const array x = normal<array>({20, 2}, rng), m({1, 2}, {3, -1});
    for (const double sigma : {0.1, 1.0, 5.0}) {
        const double S = 0.49;
        BOOST_TEST(largest_difference(denoise(gaussian, x, noise_level{0, sigma, 0, sigma}), (S * x + sigma * sigma * m) / (S + sigma * sigma)) <
                   1e-14);
    }
}

BOOST_AUTO_TEST_CASE(on_a_mixture_it_is_the_mean_of_the_posterior_means) {
    philox rng{2};
    const array x = normal<array>({20, 2}, rng);
    const double sigma = 1.5, S = 0.49, c = S + sigma * sigma;
    const array h = denoise(target, x, noise_level{0, sigma, 0, sigma});
    const double weights[] = {0.6, 0.4}, means[][2] = {{3, -1}, {0, 2}};
    for (std::size_t n = 0; n < 20; ++n) {
        double total = 0, mean[2] = {0, 0};
        for (std::size_t k = 0; k < 2; ++k) {
            const double a = x[2 * n] - means[k][0], b = x[2 * n + 1] - means[k][1], p = weights[k] * std::exp(-(a * a + b * b) / (2 * c));
            total += p;
            for (std::size_t d = 0; d < 2; ++d) mean[d] += p * (S * x[2 * n + d] + sigma * sigma * means[k][d]) / c;
        }
        for (std::size_t d = 0; d < 2; ++d) BOOST_TEST(std::abs(h[2 * n + d] - mean[d] / total) < 1e-13);
    }
}

BOOST_AUTO_TEST_CASE(after_the_last_move_it_is_taken_at_the_sample) {
    const annealed cas{schedule, consistent{full_step(0.4 * 0.25)}};
    philox rng{3}, again{3};
    const array x0 = 2.0 * normal<array>({10, 2}, rng);
    again = rng;
    const array x = cas(target, x0, rng), h = denoised{cas}(target, x0, again);
    BOOST_TEST(largest_difference(h, x + 0.25 * target(x, level_at(schedule, 3))) < 1e-14);
    BOOST_TEST((rng == again));                                                       // no random number more
}

BOOST_AUTO_TEST_CASE(before_the_last_move_it_is_taken_where_the_score_was_asked_last) {
    const annealed cas{schedule, consistent{full_step(0.4 * 0.25)}};
    philox rng{4};
    const array x0 = 2.0 * normal<array>({10, 2}, rng);
    philox again = rng;
    array before;
    cas(target, x0, rng, [&](const noise_level& level, const array& x) {
        if (level.index == 2) before = x;
    });
    std::size_t asked = 0;
    const auto counting = [&](const array& x, const noise_levels& z) { return ++asked, target(x, z); };
    const array h = denoised{cas, denoising_point::before_last_move}(counting, x0, again);
    BOOST_TEST(largest_difference(h, before + 0.25 * target(before, level_at(schedule, 3))) < 1e-14);
    BOOST_TEST(asked == 4u);                                                          // the evaluation is shared with the move
    asked = 0;
    denoised{cas}(counting, x0, again);
    BOOST_TEST(asked == 5u);
}

BOOST_AUTO_TEST_CASE(an_unstable_step_is_refused_at_either_point) {
    philox rng{5};
    const annealed wild{schedule, repeat{2, langevin{full_step(100)}}};
    BOOST_CHECK_THROW(denoised{wild}(target, array({1, 2}), rng), error);
    try {
        denoised{wild, denoising_point::before_last_move}(target, array({1, 2}), rng);
        BOOST_ERROR("accepted");
    } catch (const error& reason) {
        BOOST_TEST(std::string{reason.what()}.find("stable interval") != std::string::npos, reason.what());
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_finite_is_no_sample) {
    // The score breaks where it is asked last: at the sample, or never where the last evaluation was a move's.
    const annealed cas{schedule, consistent{full_step(0.4 * 0.25)}};
    std::size_t asked = 0;
    const auto breaking = [&](const array& x, const noise_levels& z) { return ++asked < 5 ? target(x, z) : array(x.shape(), std::nan("")); };
    philox rng{6};
    BOOST_CHECK_EXCEPTION(denoised{cas}(breaking, array({1, 2}), rng), error, [](const error& reason) {
        return std::string{reason.what()}.starts_with("denoised: ");
    });
    asked = 0;
    BOOST_CHECK_NO_THROW((denoised{cas, denoising_point::before_last_move}(breaking, array({1, 2}), rng)));
}
