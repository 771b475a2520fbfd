// SPDX-License-Identifier: Apache-2.0
/// \file  The residual block of the report's networks: what it is without convolutions, and how it changes extents.
#include <ncsn/layers/instance_norm.hpp>
#include <ncsn/layers/preactivation.hpp>
#include <ncsn/layers/same_conv.hpp>

#include <support/check_every_mode.hpp>

using namespace ncsn;

namespace {

using block = preactivation_block<same_conv_layer<reals>, printed_instance_norm<reals>>;
const chosen_rows level{{1}};

}  // namespace

BOOST_AUTO_TEST_CASE(without_its_last_convolution_the_block_is_its_shortcut_resized) {
    philox rng{1};
    const reals x = normal<reals>({2, 4, 6, 3}, rng);
    for (const resizing by : {resizing::none, resizing::halved, resizing::doubled})
        for (const std::size_t out : {3u, 5u}) {
            block silent{3, out, 2, rng, 2, by};
            silent.conv2.weight = zeros_like(silent.conv2.weight);
            BOOST_TEST(silent.shortcut.size() == (out == 3 ? 0u : 1u));
            BOOST_TEST(distance(silent(x, level), resized(out == 3 ? x : silent.shortcut[0](x), by)) < 1e-14);
        }
}

BOOST_AUTO_TEST_CASE(it_is_differentiable_in_every_mode) {
    philox rng{2};
    const reals x = normal<reals>({1, 4, 4, 2}, rng);
    for (const resizing by : {resizing::none, resizing::halved, resizing::doubled}) {
        const block b{2, 3, 2, rng, 1, by};
        check_every_mode("preactivation_block", [&](const auto& at) { return b(at, level); }, x);
    }
}

BOOST_AUTO_TEST_CASE(resizing_halves_doubles_and_refuses_half_a_pixel) {
    const reals x({1, 2, 2, 1}, {1, 2, 3, 6});
    BOOST_TEST(resized(x, resizing::halved).item() == 3);
    BOOST_TEST(distance(resized(x, resizing::doubled), resize_bilinear(x, 4, 4, alignment::edges)) == 0);
    BOOST_TEST(distance(resized(x, resizing::none), x) == 0);
    BOOST_CHECK_THROW(resized(reals({1, 3, 2, 1}, 1), resizing::halved), error);
}
