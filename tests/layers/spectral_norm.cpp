// SPDX-License-Identifier: Apache-2.0
/// \file  Spectrally normalised layers.
#include <ncsn/layers/spectral_norm.hpp>
#include <ncsn/autodiff/derivatives.hpp>
#include <support/check_every_mode.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(a_diagonal_weight_comes_out_with_largest_singular_value_1) {
    philox rng{1};
    spectral_dense<reals> layer{3, 3, rng};
    layer.weight = reals({3, 3}, {2, 0, 0, 0, -5, 0, 0, 0, 1});
    layer.bias = zeros_like(layer.bias);
    for (int step = 0; step < 50; ++step) layer.advance();                           // the error falls as (2/5)² a step
    BOOST_TEST(layer.sv0.value[0] == 5, boost::test_tools::tolerance(1e-12));
    const reals expected({1, 3}, {0.4, -1, 0.2});
    BOOST_TEST(distance(layer(reals({1, 3}, 1)), expected) < 1e-12);
}

BOOST_AUTO_TEST_CASE(a_call_changes_nothing_and_advance_keeps_the_step) {
    philox rng{2};
    spectral_conv<reals> layer{3, 4, rng};
    const reals x = normal<reals>({1, 5, 5, 3}, rng), before = layer.u0.value, y = layer(x);
    BOOST_TEST(distance(layer.u0.value, before) == 0);
    BOOST_TEST(distance(layer(x), y) == 0);
    const power_step<reals, reals> step{before, layer.weight};
    layer.advance();
    BOOST_TEST(distance(layer.u0.value, step.u) == 0);
    BOOST_TEST(distance(layer.sv0.value, step.sigma) == 0);
    BOOST_TEST(distance(layer(x), y) > 1e-4);
}

BOOST_AUTO_TEST_CASE(the_used_weight_is_differentiable_with_the_vectors_held) {
    philox rng{3};
    const reals weight = normal<reals>({4, 3}, rng), u = normal<reals>({1, 4}, rng);
    reals v, next;                                                                   // the vectors of the step at `weight`, written out
    {
        v = unit_vector(product(u, weight, transposed::neither));
        next = unit_vector(product(v, weight, transposed::right));
    }
    const auto held = [&](const reals& w) { return reals{w / sum(product(v, w, transposed::right) * next).item()}; };
    BOOST_TEST(distance(spectrally_normalized(weight, u), held(weight)) < 1e-14);
    const reals along = normal_like(weight, rng), ct = normal_like(weight, rng);
    const double h = 1e-5;
    const reals slope = (held(weight + h * along) - held(weight - h * along)) / (2 * h);
    const auto moved = jvp([&](const auto& w) { return spectrally_normalized(w, u); }, weight, along);
    BOOST_TEST(distance(moved.derivative, slope) < 1e-9);
    const auto pulled = vjp([&](const auto& w) { return spectrally_normalized(w, u); }, weight, ct);
    BOOST_TEST(inner(pulled.derivative, along) == inner(moved.derivative, ct), boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(the_layers_are_linear_in_x_in_every_mode) {
    philox rng{4};
    check_every_mode("spectral_conv", spectral_conv<reals>{3, 4, rng, {.stride = 2}}, normal<reals>({2, 4, 4, 3}, rng));
    check_every_mode("spectral_dense", spectral_dense<reals>{3, 4, rng}, normal<reals>({5, 3}, rng));
}

BOOST_AUTO_TEST_CASE(buffers_are_saved_by_name_and_are_no_parameters) {
    philox rng{5};
    const spectral_dense<reals> layer{3, 4, rng};
    std::string names;
    for_each_named([&](const std::string& name, const auto&) { names += name + ' '; }, layer);
    BOOST_TEST(names == "weight bias u0 sv0 ");
    BOOST_TEST(parameter_count(layer) == 3u * 4 + 4);
}
