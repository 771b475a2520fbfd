// SPDX-License-Identifier: Apache-2.0
/// \file  The transposed convolution as a layer.
#include <ncsn/layers/conv_transpose.hpp>
#include <support/check_every_mode.hpp>

using namespace ncsn;

namespace {

/// Every input pixel puts a copy of the kernel, times itself, around its place in the result.
reals spread_out(const reals& x, const conv_transpose_layer<reals>& l, std::size_t height, std::size_t width) {
    const shape &s = x.shape(), &w = l.weight.shape();
    reals y({s[0], height, width, w[3]});
    double* out = y.write();
    for (std::size_t i = 0; i < y.size(); ++i) out[i] = l.bias[i % w[3]];
    for (std::size_t n = 0; n < s[0]; ++n)
        for (std::size_t h = 0; h < s[1]; ++h)
            for (std::size_t v = 0; v < s[2]; ++v)
                for (std::size_t a = 0; a < w[1]; ++a)
                    for (std::size_t b = 0; b < w[2]; ++b) {
                        const std::size_t row = h * l.window.stride + a * l.window.dilation - l.window.padding,
                                          column = v * l.window.stride + b * l.window.dilation - l.window.padding;
                        if (row >= height || column >= width) continue;              // below 0 wraps to something huge
                        for (std::size_t i = 0; i < s[3]; ++i)
                            for (std::size_t o = 0; o < w[3]; ++o)
                                out[((n * height + row) * width + column) * w[3] + o] +=
                                    x[((n * s[1] + h) * s[2] + v) * s[3] + i] * l.weight[((i * w[1] + a) * w[2] + b) * w[3] + o];
                    }
    return y;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_pixel_spreads_the_kernel_around_its_place) {
    philox rng{1};
    const reals x = normal<reals>({2, 3, 4, 3}, rng);
    const conv_transpose_layer<reals> same{3, 2, rng}, doubling{3, 2, rng, {.stride = 2}};
    check_every_mode("conv_transpose_layer", same, x, [&](const reals& at) { return spread_out(at, same, 3, 4); });
    check_every_mode("conv_transpose_layer", doubling, x, [&](const reals& at) { return spread_out(at, doubling, 6, 8); });
}

BOOST_AUTO_TEST_CASE(the_initial_weights_fill_their_interval) {
    philox rng{2};
    const conv_transpose_layer<reals> layer{16, 8, rng};
    const double bound = 1 / std::sqrt(8 * 9.0);                                      // the fan-in of a transposed convolution is its output
    double largest = 0;
    for (const double w : layer.weight.values()) largest = std::max(largest, std::abs(w));
    BOOST_TEST(largest <= bound);
    BOOST_TEST(largest > 0.99 * bound);                                              // 1152 uniform numbers: fails with probability 1e-5
}
