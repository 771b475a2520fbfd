// SPDX-License-Identifier: Apache-2.0
/// \file  Convolutions with "same" padding.
#include <ncsn/layers/same_conv.hpp>
#include <support/check_every_mode.hpp>

using namespace ncsn;

namespace {

/// f(large place, small place, weight) for every tap: with stride s, place i of the smaller image meets the places s i + tap of the larger one, less
/// one where the stride is 1 and the kernel 3.
template <class F> void taps(std::size_t n, std::size_t large, std::size_t small, const same_conv_settings& s, const F& f) {
    const std::size_t kernel = s.kernel_size, stride = s.stride, before = stride == 1 ? s.dilation * (kernel / 2) : 0;
    for (std::size_t sample = 0; sample < n; ++sample)
        for (std::size_t row = 0; row < small; ++row)
            for (std::size_t column = 0; column < small; ++column)
                for (std::size_t a = 0; a < kernel; ++a)
                    for (std::size_t b = 0; b < kernel; ++b) {
                        const std::size_t r = row * stride + a * s.dilation - before, c = column * stride + b * s.dilation - before;
                        if (r < large && c < large)                                  // below 0 wraps to something huge
                            f((sample * large + r) * large + c, (sample * small + row) * small + column, a * kernel + b);
                    }
}
constexpr std::size_t in = 3, out = 2;

reals shrunk(const same_conv_layer<reals>& l, const reals& x) {
    const std::size_t k = l.settings.kernel_size, side = x.shape()[1], small = side / l.settings.stride;
    reals y({x.shape()[0], small, small, out});
    for (std::size_t i = 0; i < y.size(); ++i) y.write()[i] = l.bias[i % out];
    taps(x.shape()[0], side, small, l.settings, [&](std::size_t from, std::size_t to, std::size_t tap) {
        for (std::size_t o = 0; o < out; ++o)
            for (std::size_t i = 0; i < in; ++i) y.write()[to * out + o] += l.weight[(o * k * k + tap) * in + i] * x[from * in + i];
    });
    return y;
}
reals grown(const same_conv_transpose_layer<reals>& l, const reals& x) {
    const std::size_t k = l.settings.kernel_size, side = x.shape()[1], large = side * l.settings.stride;
    reals y({x.shape()[0], large, large, out});
    for (std::size_t i = 0; i < y.size(); ++i) y.write()[i] = l.bias[i % out];
    taps(x.shape()[0], large, side, l.settings, [&](std::size_t to, std::size_t from, std::size_t tap) {
        for (std::size_t o = 0; o < out; ++o)
            for (std::size_t i = 0; i < in; ++i) y.write()[to * out + o] += l.weight[(i * k * k + tap) * out + o] * x[from * in + i];
    });
    return y;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_stride_of_2_looks_beyond_the_end_and_never_before_the_beginning) {
    philox rng{1};
    for (const same_conv_settings s : {same_conv_settings{3, 1}, {3, 2}, {1, 2}, {3, 1, 2}}) {
        same_conv_layer<reals> layer{in, out, rng, s};
        layer.bias = normal<reals>({out}, rng);
        check_every_mode("same_conv_layer", layer, some({2, 4, 4, in}), [&](const reals& x) { return shrunk(layer, x); });
    }
}

BOOST_AUTO_TEST_CASE(the_transposed_layer_puts_every_pixel_where_the_other_one_would_have_looked) {
    philox rng{2};
    for (const same_conv_settings s : {same_conv_settings{3, 1}, {3, 2}, {1, 2}, {3, 1, 2}}) {
        same_conv_transpose_layer<reals> layer{in, out, rng, s};
        layer.bias = normal<reals>({out}, rng);
        check_every_mode("same_conv_transpose_layer", layer, some({2, 3, 3, in}), [&](const reals& x) { return grown(layer, x); });
    }
}

BOOST_AUTO_TEST_CASE(the_initial_weights_fill_glorots_interval) {
    philox rng{3};
    const double bound = std::sqrt(6 / ((16 + 8) * 9.0));
    const auto largest = [](const reals& weights) {
        double most = 0;
        for (const double w : weights.values()) most = std::max(most, std::abs(w));
        return most;
    };
    for (const double most : {largest(same_conv_layer<reals>{16, 8, rng}.weight), largest(same_conv_transpose_layer<reals>{16, 8, rng}.weight)}) {
        BOOST_TEST(most <= bound);
        BOOST_TEST(most > 0.99 * bound);                                             // 1152 uniform numbers: fails with probability 1e-5
    }
}

BOOST_AUTO_TEST_CASE(an_odd_side_cannot_be_halved_and_a_stride_has_no_holes) {
    philox rng{4};
    BOOST_CHECK_THROW((same_conv_layer<reals>{1, 1, rng, {.stride = 2, .dilation = 2}}(reals({1, 4, 4, 1}))), error);
    BOOST_CHECK_THROW((same_conv_layer<reals>{1, 1, rng, {.stride = 2}}(reals({1, 5, 4, 1}))), error);
}
