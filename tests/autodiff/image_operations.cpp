// SPDX-License-Identifier: Apache-2.0
/// \file  The gradient registry: operations on images, in every mode and several shapes. tests/checks/registry.sh fails for one without an entry.
#include <ncsn/autodiff/image_operations.hpp>

#include <support/check_every_mode.hpp>

using namespace ncsn;

namespace {

/// The sum that defines a convolution: y[n,i,j,o] = Σ x[n, i s - p + a d, j s - p + b d, c] w[o,a,b,c].
reals convolution(const reals& x, const reals& w, conv_window window) {
    reals y(convolved(x.shape(), w.shape(), window));
    const shape s = x.shape(), r = y.shape(), k = w.shape();
    const auto at = [](const shape& e, std::size_t a, std::size_t b, std::size_t c, std::size_t d) { return ((a * e[1] + b) * e[2] + c) * e[3] + d; };
    for (std::size_t n = 0; n < r[0]; ++n)
        for (std::size_t i = 0; i < r[1]; ++i)
            for (std::size_t j = 0; j < r[2]; ++j)
                for (std::size_t o = 0; o < r[3]; ++o)
                    for (std::size_t a = 0; a < k[1]; ++a)
                        for (std::size_t b = 0; b < k[2]; ++b) {
                            const std::size_t p = i * window.stride + a * window.dilation - window.padding,
                                              q = j * window.stride + b * window.dilation - window.padding;
                            if (p >= s[1] || q >= s[2]) continue;                     // below 0 counts as very large
                            for (std::size_t c = 0; c < s[3]; ++c) y.write()[at(r, n, i, j, o)] += x[at(s, n, p, q, c)] * w[at(k, o, a, b, c)];
                        }
    return y;
}
const std::pair<shape, shape> convolutions[] = {{{2, 5, 4, 3}, {2, 3, 3, 3}}, {{1, 6, 7, 2}, {3, 3, 3, 2}}, {{2, 4, 4, 1}, {2, 1, 1, 1}}};
const conv_window windows[] = {{.stride = 1, .padding = 1}, {.stride = 2, .padding = 1}, {.stride = 1, .padding = 2, .dilation = 2}};

}  // namespace

BOOST_AUTO_TEST_CASE(convolutions_are_the_defining_sum) {
    for (const auto& [s, k] : convolutions)
        for (const conv_window& window : windows)
            check_every_mode_of_two("conv2d_op conv2d", [&](const auto& x, const auto& w) { return conv2d(x, w, window); }, some(s), some(k, 2),
                                    [&](const reals& x, const reals& w) { return convolution(x, w, window); });
}

BOOST_AUTO_TEST_CASE(a_bias_is_one_number_a_channel) {
    const reals x = some({2, 5, 4, 3}), w = some({2, 3, 3, 3}, 2), b = some({2}, 3);
    check_every_mode_of_two("conv2d", [&](const auto& at, const auto& bias) { return conv2d(at, w, bias, windows[0]); }, x, b,
                            [&](const reals& at, const reals& bias) { return convolution(at, w, windows[0]) + bias; });
    check_every_mode_of_two("conv2d", [&](const auto& weight, const auto& bias) { return conv2d(x, weight, bias, windows[1]); }, w, b);
}

BOOST_AUTO_TEST_CASE(transposed_convolutions_are_transposes) {
    // <conv(u, w), x> = <u, conv_transpose(x, w)> for every u.
    const reals w = some({3, 3, 3, 2}, 2);                                            // [in, kh, kw, out] = [O, kh, kw, I] of the convolution
    for (const conv_window& window : windows)
        for (const std::size_t extra : {0, 1}) {
            if (extra >= window.stride) continue;
            const reals x = some({2, 3, 4, 3}), y = conv_transpose2d(x, w, window, extra), u = some(y.shape(), 5);
            BOOST_TEST(std::abs(inner(convolution(u, w, window), x) - inner(u, y)) < 1e-11);
            check_every_mode_of_two(
                "conv_transpose2d_op conv_transpose2d",
                [&](const auto& at, const auto& weight) { return conv_transpose2d(at, weight, window, extra); }, x, w);
        }
}

BOOST_AUTO_TEST_CASE(pooling) {
    for (const auto& [s, window] :
         {std::pair{shape{2, 4, 6, 3}, pool_window{}}, {shape{1, 5, 5, 2}, pool_window{5, 1, 2}}, {shape{2, 5, 4, 1}, pool_window{3, 2, 1}}}) {
        const auto pool = [w = window](bool largest) {
            return [w, largest](const reals& x) {
                const shape in = x.shape(), out = pooled(in, w);
                reals y(out, largest ? -1e300 : 0.0);
                for (std::size_t i = 0; i < y.size(); ++i)
                    for (std::size_t a = 0; a < w.size; ++a)
                        for (std::size_t b = 0; b < w.size; ++b) {
                            const std::size_t p = i / (out[2] * out[3]) % out[1] * w.stride + a - w.padding,
                                              q = i / out[3] % out[2] * w.stride + b - w.padding;
                            if (p >= in[1] || q >= in[2]) continue;
                            const double value = x[((i / out.row_size() * in[1] + p) * in[2] + q) * in[3] + i % out[3]];
                            if (largest) y.write()[i] = std::max(y[i], value);
                            else y.write()[i] += value / static_cast<double>(w.size * w.size);    // padding counts
                        }
                return y;
            };
        };
        check_every_mode("average_pool_op average_pool", [w = window](const auto& x) { return average_pool(x, w); }, some(s), pool(false));
        check_every_mode("average_pool_inside", [w = window](const auto& x) { return average_pool_inside(x, w); }, some(s), [&](const reals& x) {
            return pool(false)(x) / pool(false)(reals(x.shape(), 1));                 // the share of each window that is inside
        });
        check_every_mode("gather_op max_pool", [w = window](const auto& x) { return max_pool(x, w); }, some(s), pool(true));
    }
}

BOOST_AUTO_TEST_CASE(resizing) {
    const auto bilinear_at = [](std::size_t height, std::size_t width, alignment on) {
        return [=](const reals& x) {
            const shape in = x.shape();
            reals y({in[0], height, width, in[3]});
            for (std::size_t i = 0; i < y.size(); ++i) {
                const auto place = [on](std::size_t k, std::size_t n, std::size_t m) {
                    const double inputs = static_cast<double>(n), outputs = static_cast<double>(m), o = static_cast<double>(k);
                    if (on == alignment::edges) return std::clamp((o + 0.5) * inputs / outputs - 0.5, 0.0, inputs - 1);
                    return m == 1 ? 0.0 : o * (inputs - 1) / (outputs - 1);
                };
                const double p = place(i / (width * in[3]) % height, in[1], height), q = place(i / in[3] % width, in[2], width);
                for (std::size_t r = 0; r < in[1]; ++r)
                    for (std::size_t c = 0; c < in[2]; ++c) {                          // the hat functions of bilinear interpolation
                        const double hat =
                            std::max(0.0, 1 - std::abs(p - static_cast<double>(r))) * std::max(0.0, 1 - std::abs(q - static_cast<double>(c)));
                        y.write()[i] += hat * x[((i / y.shape().row_size() * in[1] + r) * in[2] + c) * in[3] + i % in[3]];
                    }
            }
            return y;
        };
    };
    for (const auto& [height, width] : {std::pair{8, 6}, {4, 3}, {7, 2}, {5, 11}}) {
        const auto h = static_cast<std::size_t>(height), w = static_cast<std::size_t>(width);
        for (const alignment on : {alignment::corners, alignment::edges})
            check_every_mode("resize_bilinear_op resize_bilinear", [&](const auto& x) { return resize_bilinear(x, h, w, on); }, some({2, 4, 3, 2}),
                             bilinear_at(h, w, on));
    }
    check_every_mode("resize_nearest_op resize_nearest", [](const auto& x) { return resize_nearest(x, 2); }, some({2, 3, 2, 3}), [](const reals& x) {
        reals y({2, 6, 4, 3});
        for (std::size_t i = 0; i < y.size(); ++i) y.write()[i] = x[((i / 72 * 3 + i / 12 % 6 / 2) * 2 + i / 3 % 4 / 2) * 3 + i % 3];
        return y;
    });
    check_every_mode("pad_op padded", [](const auto& x) { return padded(x, 1, 2); }, some({2, 3, 2, 3}), [](const reals& x) {
        reals y({2, 6, 5, 3});
        for (std::size_t i = 0; i < y.size(); ++i) {
            const std::size_t r = i / 15 % 6, c = i / 3 % 5;
            if (r > 0 && c > 0 && r < 4 && c < 3) y.write()[i] = x[((i / 90 * 3 + r - 1) * 2 + c - 1) * 3 + i % 3];
        }
        return y;
    });
    check_every_mode("crop_op cropped", [](const auto& x) { return cropped(x, 2, 1); }, some({2, 5, 4, 3}), [](const reals& x) {
        reals y({2, 2, 1, 3});
        for (std::size_t i = 0; i < y.size(); ++i) y.write()[i] = x[((i / 6 * 5 + i / 3 % 2 + 2) * 4 + 2) * 3 + i % 3];
        return y;
    });
}
