// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the shares of the modes.
#include <ncsn/statistics/mode_weights.hpp>

#include <boost/test/unit_test.hpp>

#include <support/files.hpp>

#include <cmath>

using namespace ncsn;
using array = tensor<float>;

namespace {

const gaussian_mixture<array> target{{0.5, {5, 5}}, {0.3, {-5, -5}}, {0.2, {5, -5}}};

}  // namespace

BOOST_AUTO_TEST_CASE(every_point_counts_for_its_nearest_mean) {
    const auto found = mode_weights(target, array({5, 2}, {4, 4, 100, 90, -1, -1, 1, -2, 6, 6}));
    BOOST_TEST_REQUIRE(found.size() == 3u);
    BOOST_TEST(std::abs(found[0] - 0.6) < 1e-15);
    BOOST_TEST(std::abs(found[1] - 0.2) < 1e-15);
    BOOST_TEST(std::abs(found[2] - 0.2) < 1e-15);
}

BOOST_AUTO_TEST_CASE(samples_have_the_weights_of_the_mixture) {
    philox rng{1};
    const auto found = mode_weights(target, target.sample(40000, rng, 0.5));
    for (std::size_t k = 0; k < 3; ++k) BOOST_TEST(std::abs(found[k] - target.weights()[k]) < 5 * std::sqrt(0.25 / 40000));
}

BOOST_AUTO_TEST_CASE(a_deviation_is_that_of_the_points_nearest_to_a_mean_about_their_own_centre) {
    const auto found = mode_deviations(target, array({5, 2}, {4, 4, 6, 6, 2, 5, -1, -1, 1, -2}));                 // three, one, one
    // centre (4, 5); squares 0 + 4 + 4 and 1 + 1 + 0; (8 + 2) / (3 - 1) / 2
    BOOST_TEST(std::abs(found[0] - std::sqrt(2.5)) < 1e-12);
    BOOST_TEST(std::isnan(found[1]));
    BOOST_TEST(std::isnan(found[2]));
}

BOOST_AUTO_TEST_CASE(samples_have_the_deviation_of_the_mixture) {
    philox rng{2};
    for (const double deviation : mode_deviations(target, target.sample(40000, rng, 0.5))) BOOST_TEST(std::abs(deviation - 0.5) < 0.01);
}

BOOST_AUTO_TEST_CASE(points_of_another_dimension_are_refused_with_both_shapes) {
    const std::string said = message_of([] { mode_weights(target, array({4, 3})); });
    BOOST_TEST((said.find("[4,3]") != std::string::npos && said.find("[N,2]") != std::string::npos), said);
}

BOOST_AUTO_TEST_CASE(what_is_not_finite_is_near_to_no_mode) {
    const gaussian_mixture<tensor<double, cpu>> two{{0.5, {1, 1}}, {0.5, {-1, -1}}};
    for (const double wrong : {std::nan(""), std::numeric_limits<double>::infinity()}) {
        BOOST_CHECK_THROW(mode_weights(two, tensor<double, cpu>({2, 2}, {1, 1, wrong, 1})), error);
        BOOST_CHECK_THROW(mode_deviations(two, tensor<double, cpu>({2, 2}, {1, 1, wrong, 1})), error);
    }
    BOOST_CHECK_THROW(mode_weights(two, tensor<double, cpu>({0, 2})), error);
}
