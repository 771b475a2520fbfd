// SPDX-License-Identifier: Apache-2.0
/// \file  What holds for every network: derivatives agree with differences, and samples are computed apart from each other.
#pragma once

#include <ncsn/arrays/indexing.hpp>
#include <ncsn/autodiff/derivatives.hpp>
#include <ncsn/levels/noise_level.hpp>

#include <support/check_every_mode.hpp>

#include <array>

namespace ncsn {

/// What a loss of a model does along a random direction of all its parameters at once.
struct slopes {
    double loss, gradient, differences;  ///< the loss, its slope by its gradient, and by central differences
};
/// loss(model) gives one number; h: the step of the differences.
template <class Loss, class Model> slopes slopes_of(const Loss& loss, const Model& model, double h, philox& rng) {
    const auto [value, gradient] = value_and_grad(loss, model);
    Model there = model, back = model;
    double along = 0;
    for_each_leaf([&](auto& a, auto& b, const auto& g) {
        const reals step = normal_like(g, rng);
        along += inner(g, step);
        a = a + h * step, b = b - h * step;
    }, there, back, gradient);
    return {value, along, (plain(loss(there)).item() - plain(loss(back)).item()) / (2 * h)};
}

/// Tangent and gradients of sum(y ct), along x and along all parameters at once, against central differences of a small network(x, rest...).
/// The parameters are moved first, so that none is at a special value. precision: of the differences, in units of the result; larger where an
/// activation has a kink.
template <class Network, class... Rest>
void check_network_derivatives_to(double precision, Network network, const shape& s, const Rest&... rest) {
    philox rng{2};
    for_each_leaf([&](reals& p) { p = p + 0.1 * normal_like(p, rng); }, network);
    const auto x = normal<reals>(s, rng), along = normal_like(x, rng);
    const reals y = network(x, rest...), ct = normal_like(y, rng);
    const double h = 1e-5;
    const reals slope = (network(reals{x + h * along}, rest...) - network(reals{x - h * along}, rest...)) / (2 * h);
    BOOST_TEST(distance(network(dual{x, along}, rest...).tangent, slope) < precision);

    const auto [pulled, from_x] = vjp([&](const auto& at) { return network(at, rest...); }, x, ct);
    BOOST_TEST(distance(pulled, y) < 1e-13);
    BOOST_TEST(inner(from_x, along) == inner(ct, slope), boost::test_tools::tolerance(100 * precision));

    const slopes found = slopes_of([&](const auto& m) { return sum(m(x, rest...) * ct); }, network, h / 10, rng);
    BOOST_TEST(found.differences == found.gradient, boost::test_tools::tolerance(100 * precision));
    BOOST_TEST(found.loss == inner(y, ct), boost::test_tools::tolerance(1e-10));
}
template <class Network, class... Rest> void check_network_derivatives(const Network& network, const shape& s, const Rest&... rest) {
    check_network_derivatives_to(1e-7, network, s, rest...);
}

/// The gradient of vᵀJ v, J the Jacobian of network(x), along all parameters at once against central differences: what sliced score matching needs.
template <class Network> void check_second_derivatives(Network network, const shape& s) {
    philox rng{4};
    for_each_leaf([&](reals& p) { p = p + 0.1 * normal_like(p, rng); }, network);
    const auto x = normal<reals>(s, rng), v = normal_like(x, rng);
    const auto curvature = [&](const auto& m) { return sum(m(dual{x, v}).tangent * v); };
    const slopes found = slopes_of(curvature, network, 1e-6, rng);
    BOOST_TEST(found.differences == found.gradient, boost::test_tools::tolerance(1e-5));
    BOOST_TEST(found.loss == curvature(network).item(), boost::test_tools::tolerance(1e-10));
}

/// network(x, levels) row by row is network of the rows, one level a row, and has the shape of x.
template <class Network> void check_samples_apart(const Network& network, const shape& s, const noise_levels& z) {
    philox rng{3};
    const reals x = uniform<reals>(s, 0, 1, rng), together = network(x, z);
    BOOST_TEST(together.shape() == x.shape());
    for (std::size_t i = 0; i < s[0]; ++i) {
        const std::array<std::size_t, 1> row{i};
        const auto one = [&](const reals& of) { return gather_rows(of, std::span<const std::size_t>{row}); };
        BOOST_TEST(distance(network(one(x), noise_levels{{z.index[i]}, {z.sigma[i]}}), one(together)) < 1e-12);
    }
}

}  // namespace ncsn
