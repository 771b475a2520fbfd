// SPDX-License-Identifier: Apache-2.0
/// \file  Winograd's algorithm against the direct sum: its rounding error, its filter and its tiles.
#include <support/scattered.hpp>

#include <boost/test/unit_test.hpp>

#include <ncsn/arrays/cpu/convolution.hpp>

#include <cmath>
#include <vector>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(winograd_rounds_at_most_four_times_as_much_as_the_direct_sum) {
    for (const auto& [side, channels] : {std::pair<std::size_t, std::size_t>{28, 64}, {14, 128}, {16, 96}}) {
        const shape xs{4, side, side, channels}, ws{channels, 3, 3, channels};
        const auto x = scattered<float>(xs, 1), w = scattered<float>(ws, 2), y = scattered<float>(xs, 3);
        const auto wide = [](const tensor<float>& t) {
            const std::vector<double> values(t.values().begin(), t.values().end());
            return tensor<double>{t.shape(), std::span<const double>{values}};
        };
        const auto reference = convolve(wide(x), wide(w), {}, {1, 1, 1});
        const auto errors = [&](bool winograd) {
            cpu::winograd = winograd;
            return relative_error(convolve(x, w, {}, {1, 1, 1}), reference);
        };
        const double direct = errors(false), fast = errors(true);
        BOOST_TEST_MESSAGE(channels << " channels: relative rounding error direct " << direct << ", Winograd " << fast);
        BOOST_TEST(direct < 1e-6);
        BOOST_TEST(fast < 4 * direct);
        const auto gradients = [&](bool winograd) {
            cpu::winograd = winograd;
            return std::pair{convolve_input_gradient(y, w, xs, {1, 1, 1}), convolve_filter_gradient(y, x, ws, {1, 1, 1})};
        };
        const auto a = gradients(false), b = gradients(true);
        BOOST_TEST(relative_error(b.first, a.first) < 3e-6);
        BOOST_TEST(relative_error(b.second, a.second) < 3e-6);
    }
    cpu::winograd = true;
}

BOOST_AUTO_TEST_CASE(the_transformed_filter_of_a_centre_tap_is_the_outer_product_of_its_points) {
    tensor<float> w({40, 3, 3, 20});                                                // 40 outputs: a full panel and a short one
    for (std::size_t o = 0; o < 40; ++o)
        for (std::size_t i = 0; i < 20; ++i) w.write()[(o * 9 + 4) * 20 + i] = static_cast<float>(1 + o + 40 * i);
    const float centre[3] = {0, 1, 0};
    float points[6];
    winograd_transform::filter(centre, points);
    for (const bool transposed : {false, true}) {
        const std::size_t inputs = transposed ? 40 : 20, outputs = transposed ? 20 : 40, width = rounded_to_lanes(outputs);
        const auto packed = winograd_filter(w, transposed);
        for (std::size_t o = 0; o < outputs; ++o) {
            const std::size_t panel = o / panel_lanes * panel_lanes, panel_width = std::min(panel_lanes, width - panel);
            for (std::size_t i = 0; i < inputs; ++i)
                for (std::size_t p = 0; p < 36; ++p) {
                    const float value = static_cast<float>(transposed ? 1 + i + 40 * o : 1 + o + 40 * i) * points[p / 6] * points[p % 6];
                    const float found = packed[panel * 36 * inputs + (p * inputs + i) * panel_width + o - panel];
                    BOOST_REQUIRE_SMALL(found - value, 1e-6f * (1 + std::abs(value)));
                }
        }
    }
}
