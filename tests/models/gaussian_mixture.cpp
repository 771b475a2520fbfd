// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the Gaussian mixture: its score against its density, all ways of asking for it, its samples, its refusals.
#include <ncsn/autodiff/derivatives.hpp>
#include <ncsn/models/gaussian_mixture.hpp>

#include <boost/test/unit_test.hpp>

#include <support/files.hpp>
#include <support/moments.hpp>

using namespace ncsn;
using reals = tensor<double>;

namespace {

const gaussian_mixture<reals> target{{{0.5, {3, -1}}, {0.3, {0, 2}}, {0.2, {-2, -2}}}, 0.7}, atoms{{0.8, {5, 5}}, {0.2, {-5, -5}}};
double largest_difference(const reals& a, const reals& b) {
    double largest = 0;
    for (const double value : (a - b).values()) largest = std::max(largest, std::abs(value));
    return largest;
}
reals points(std::size_t n) {
    philox rng{1};
    return 3.0 * normal<reals>({n, 2}, rng);
}

}  // namespace

static_assert(DifferentiableScore<gaussian_mixture<reals>, reals>);

BOOST_AUTO_TEST_CASE(its_density_is_the_sum_of_its_components) {
    const reals x = points(20), log_density = target.log_density(x, noise_levels{{0}, {0.5}});
    const double c = 0.49 + 0.25, means[][2] = {{3, -1}, {0, 2}, {-2, -2}}, weights[] = {0.5, 0.3, 0.2};
    for (std::size_t n = 0; n < 20; ++n) {
        double p = 0;
        for (std::size_t k = 0; k < 3; ++k)
            p += weights[k] * std::exp(-(std::pow(x[2 * n] - means[k][0], 2) + std::pow(x[2 * n + 1] - means[k][1], 2)) / (2 * c)) /
                 (2 * 3.14159265358979323846 * c);
        BOOST_TEST(std::abs(log_density[n] - std::log(p)) < 1e-12 * (1 + std::abs(std::log(p))));
    }
}

BOOST_AUTO_TEST_CASE(its_score_is_the_gradient_of_the_log_density_for_both_variances) {
    const reals x = points(20);
    for (const auto& [mixture, sigma] : {std::pair{&target, 0.0}, {&target, 1.5}, {&atoms, 1.0}, {&atoms, 4.0}}) {
        const noise_levels z{{0}, {sigma}};
        const reals slope = vjp([&, m = mixture](const auto& at) { return m->log_density(at, z); }, x, reals({20, 1}, 1)).derivative;
        BOOST_TEST(largest_difference((*mixture)(x, z), slope) < 1e-12);
    }
    BOOST_TEST(target.variance(1.5) == 0.7 * 0.7 + 2.25);                             // the perturbed density
    BOOST_TEST(atoms.variance(1.5) == 2.25);                                          // the variance of the paper's toy code
}

BOOST_AUTO_TEST_CASE(one_level_for_all_levels_for_each_and_every_mode_agree) {
    const reals x = points(150), v = 0.1 * points(150);                               // more than two pieces of the fast path
    const noise_levels one{{0}, {0.8}}, each{std::vector<std::size_t>(150), std::vector<double>(150, 0.8)};
    const reals s = target(x, one);
    BOOST_TEST(largest_difference(target(x, each), s) < 1e-13);
    const dual<reals> pushed = target(dual{x, v}, one);
    BOOST_TEST(largest_difference(pushed.value, s) < 1e-13);
    BOOST_TEST(largest_difference(pushed.tangent, (target(x + 1e-5 * v, one) - target(x - 1e-5 * v, one)) / 2e-5) < 1e-9);
    const noise_levels different{{0, 1, 2}, {0.5, 1, 2}};
    const reals three = points(3), together = target(three, different);
    for (std::size_t n = 0; n < 3; ++n) {
        const reals alone = target(reals({1, 2}, {three[2 * n], three[2 * n + 1]}), noise_levels{{n}, {different.sigma[n]}});
        BOOST_TEST((std::abs(alone[0] - together[2 * n]) < 1e-13 && std::abs(alone[1] - together[2 * n + 1]) < 1e-13));
    }
}

BOOST_AUTO_TEST_CASE(float_keeps_its_digits_where_the_noise_is_small) {
    using floats = tensor<float>;
    const gaussian_mixture<floats> narrow{{0.8, {5, 5}}, {0.2, {-5, -5}}, {0.1, {5, 4.998}}};
    const gaussian_mixture<reals> exact{{0.8, {5, 5}}, {0.2, {-5, -5}}, {0.1, {5, 4.998f}}};
    const noise_levels z{{0}, {1e-3}};
    philox rng{5};
    const floats x = narrow.sample(200, rng, 1e-3);
    const reals same(x.shape(), std::vector<double>(x.values().begin(), x.values().end()));
    const floats density = narrow.log_density(x, z), score = narrow(x, z);
    const floats recorded = narrow.log_density(var<floats>{x}, z).value(), pushed = narrow(dual{x, x}, z).value;
    const reals density_there = exact.log_density(same, z), score_there = exact(same, z);
    for (std::size_t n = 0; n < 200; ++n) {
        BOOST_TEST((std::abs(density[n] - density_there[n]) < 2e-5 && std::abs(recorded[n] - density_there[n]) < 2e-5));
        for (std::size_t i = 2 * n; i < 2 * n + 2; ++i) {
            const double tolerance = 2e-5 * (1000 + std::abs(score_there[i]));            // a standard deviation away the score is 1 / sigma
            BOOST_TEST((std::abs(score[i] - score_there[i]) < tolerance && std::abs(pushed[i] - score_there[i]) < tolerance));
        }
    }
}

BOOST_AUTO_TEST_CASE(far_away_it_points_home) {
    const gaussian_mixture<tensor<float>> same{{0.8, {5, 5}}, {0.2, {-5, -5}}};
    const auto s = same(tensor<float>({2, 2}, {1000, 1000, -1000, -900}), noise_levels{{0}, {1.0}});
    const float expected[] = {-995, -995, 995, 895};
    for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(s[i] == expected[i]);
}

BOOST_AUTO_TEST_CASE(samples_have_its_weights_and_its_variance) {
    philox rng{2};
    const reals x = atoms.sample(40000, rng, 0.5);
    std::vector<double> large, noise;
    for (std::size_t n = 0; n < 40000; ++n) {
        const double mean = x[2 * n] > 0 ? 5 : -5;
        large.push_back(x[2 * n] > 0);
        noise.push_back(x[2 * n] - mean), noise.push_back(x[2 * n + 1] - mean);
    }
    BOOST_TEST(std::abs(element_moments_of(reals({40000}, std::span<const double>{large})).mean - 0.8) < 5 * std::sqrt(0.16 / 40000));
    BOOST_TEST(has_moments(reals({80000}, std::span<const double>{noise}), 0, 0.25));
    const reals bare = atoms.sample(10, rng);
    for (const double value : bare.values()) BOOST_TEST(std::abs(value) == 5);
    philox whole{3}, part = whole.at_sample(37);
    const reals all = target.sample(100, whole), tail = target.sample(63, part);
    BOOST_TEST(std::equal(tail.values().begin(), tail.values().end(), all.values().begin() + 74));
}

BOOST_AUTO_TEST_CASE(mistakes_are_told) {
    const auto says = [](const std::string& message, std::initializer_list<const char*> parts) {
        for (const char* part : parts) BOOST_TEST(message.find(part) != std::string::npos, "'" << message << "' does not say " << part);
    };
    says(message_of([] { atoms(reals({4, 3}), no_noise); }), {"[4,3]", "[N,2]"});
    says(message_of([] { atoms(reals({4, 2}), no_noise); }), {"noise level above 0", "spread"});
    says(message_of([] { gaussian_mixture<reals>({{1, {0, 0}}, {1, {0}}}); }), {"1 coordinates", "2"});
    says(message_of([] { gaussian_mixture<reals>({{-1, {0, 0}}}); }), {"-1", "positive"});
    says(message_of([] { gaussian_mixture<reals>({{1, {0, 0}}}, -0.5); }), {"-0.5"});
}

BOOST_AUTO_TEST_CASE(a_mixture_is_made_of_finite_numbers) {
    using A = tensor<double, cpu>;
    const double infinity = std::numeric_limits<double>::infinity(), nan = std::nan("");
    for (const double wrong : {infinity, nan, 0.0, -1.0}) BOOST_CHECK_THROW((gaussian_mixture<A>{{wrong, {0, 0}}, {0.5, {1, 1}}}), error);
    BOOST_CHECK_THROW((gaussian_mixture<A>{{1e308, {0, 0}}, {1e308, {1, 1}}}), error);
    for (const double wrong : {infinity, nan}) {
        BOOST_CHECK_THROW((gaussian_mixture<A>{{0.5, {wrong, 0}}}), error);
        BOOST_CHECK_THROW((gaussian_mixture<A>{{{0.5, {0, 0}}}, wrong}), error);
        philox rng{1};
        BOOST_CHECK_THROW((gaussian_mixture<A>{{0.5, {0, 0}}}.sample(2, rng, wrong)), error);
    }
}

BOOST_AUTO_TEST_CASE(which_component_and_where_in_it_are_drawn_apart) {
    // Two draws of rng: the first chooses, the second blurs. With one for both, the noise of a point would be that of its choice.
    using A = tensor<double, cpu>;
    const gaussian_mixture<A> two{{{0.5, {0, 0}}, {0.5, {100, 0}}}, 1.0};
    philox rng{3}, same{3};
    const A x = two.sample(1000, rng);
    BOOST_TEST(rng.draw == 2u);
    ++same.draw;
    const A z = normal_like(x, same);
    for (std::size_t i = 0; i < 1000; ++i) BOOST_TEST_REQUIRE(std::abs(x[2 * i + 1] - z[2 * i + 1]) < 1e-12);
}
