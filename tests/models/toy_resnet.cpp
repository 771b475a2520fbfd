// SPDX-License-Identifier: Apache-2.0
/// \file  ToyResNet.
#include <ncsn/models/toy_resnet.hpp>
#include <ncsn/autodiff/derivatives.hpp>
#include <support/check_every_mode.hpp>

using namespace ncsn;

namespace {

using by_batch = toy_resnet<reals, batch_norm_layer<reals>>;

/// Tangent and gradient of a small network against differences.
template <class Network> void check_derivatives(double precision) {
    philox rng{2};
    const Network network{{.channels = 1, .features = 4}, rng};
    const reals x = normal<reals>({2, 8, 8, 1}, rng), ct = normal_like(x, rng), along = normal_like(x, rng);
    BOOST_TEST(network(x).shape() == x.shape());
    const double h = 1e-5;
    const reals slope = (network(x + h * along) - network(x - h * along)) / (2 * h);
    BOOST_TEST(distance(network(dual{x, along}).tangent, slope) < precision);
    const auto [value, gradient] = value_and_grad([&](const auto& m) { return sum(m(x) * ct); }, network);
    const double small = 1e-6;                                                        // all parameters move at once
    Network there = network, back = network;
    double expected = 0;
    for_each_leaf([&](auto& a, auto& b, const auto& g) {
        const reals step = normal_like(g, rng);
        expected += inner(g, step);
        a = a + small * step, b = b - small * step;
    }, there, back, gradient);
    BOOST_TEST((inner(there(x), ct) - inner(back(x), ct)) / (2 * small) == expected, boost::test_tools::tolerance(10 * precision));
    BOOST_TEST(std::isfinite(value));
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_network_of_the_report_has_its_number_of_parameters) {
    philox rng{1};
    BOOST_TEST(parameter_count(toy_resnet<tensor<float, cpu>>{{}, rng}) == 1'215'811u);
    BOOST_TEST(parameter_count(toy_resnet<tensor<float, cpu>, batch_norm_layer<tensor<float, cpu>>>{{}, rng}) == 1'215'811u);
}

BOOST_AUTO_TEST_CASE(its_three_widths_may_be_ones_own) {
    philox usual{5}, given{5};
    const toy_resnet<reals> network{{.channels = 1, .features = 4}, usual};
    toy_resnet<reals> other;
    other.blocks = {1, {4, 8, 16}, given};
    const reals x = normal<reals>({1, 8, 8, 1}, usual);
    BOOST_TEST(distance(other(x), network(x)) == 0);
    other.blocks = {1, {3, 5, 4}, given};
    BOOST_TEST(other(x).shape() == x.shape());
}

BOOST_AUTO_TEST_CASE(the_gradient_and_the_tangent_agree_with_differences) { check_derivatives<toy_resnet<reals>>(1e-7); }
BOOST_AUTO_TEST_CASE(so_they_do_with_the_statistics_of_the_batch) { check_derivatives<by_batch>(1e-6); }

BOOST_AUTO_TEST_CASE(a_sample_is_alone_with_frozen_statistics_and_not_with_those_of_the_batch) {
    philox rng{3};
    const toy_resnet<reals> frozen{{.channels = 1, .features = 4}, rng};
    const by_batch live{{.channels = 1, .features = 4}, rng};
    const auto first = [](const reals& x) { return gather_rows(x, std::array<std::size_t, 1>{0}); };
    const reals x = normal<reals>({2, 4, 4, 1}, rng);
    BOOST_TEST(distance(first(frozen(x)), frozen(first(x))) < 1e-12);
    BOOST_TEST(distance(first(live(x)), live(first(x))) > 1e-3);
}

BOOST_AUTO_TEST_CASE(a_size_that_cannot_be_halved_twice_is_refused) {
    philox rng{4};
    const toy_resnet<reals> network{{.channels = 1, .features = 4}, rng};
    BOOST_CHECK_THROW(network(reals({1, 6, 8, 1}, 0.5)), error);
}
