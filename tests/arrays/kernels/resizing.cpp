// SPDX-License-Identifier: Apache-2.0
/// \file  Resizing on a device that runs kernels: the CPU's values and adjoint transposes.
#include <boost/test/unit_test.hpp>

#include <support/emulated_device.hpp>
#include <support/kernels.hpp>
#include <support/scattered.hpp>

#include <ncsn/arrays/cpu/resizing.hpp>
#include <ncsn/arrays/kernels/resizing.hpp>

using namespace ncsn;
using D = emulated;

namespace {

const std::vector<std::size_t> channel_counts{1, 3, 7, 8, 16, 33};
using all_places = std::tuple<corner_places, edge_places>;

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(bilinear_interpolation_and_its_transpose_are_the_cpus, T, element_types) {
    for (const std::size_t channels : channel_counts)
        for (const auto& [from, to] : {std::pair<std::size_t, std::size_t>{1, 1}, {1, 4}, {4, 1}, {2, 5}, {5, 2}, {4, 8}, {7, 9}, {9, 3}, {6, 6}})
            for (const std::size_t samples : {1, 3})
                for (const alignment on : {alignment::corners, alignment::edges}) {
                    const shape xs{samples, from, 3, channels}, ys{samples, to, 7, channels};
                    const auto x = rounded<T>(scattered<computing_type<T>>(xs, 1)), y = rounded<T>(scattered<computing_type<T>>(ys, 2));
                    const auto resized = fetched(resize_bilinear(sent<D, T>(x), to, 7, on)),
                               back = fetched(resize_bilinear_transpose(sent<D, T>(y), xs, on));
                    BOOST_REQUIRE(relative_error(resized, resize_bilinear(x, to, 7, on)) < rounding<T>);
                    BOOST_REQUIRE(relative_error(back, resize_bilinear_transpose(y, xs, on)) < rounding<T>);
                    BOOST_REQUIRE(adjoint_defect(x, resized, y, back) < 2 * rounding<T>);
                }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(nearest_neighbours_and_their_transpose_are_the_cpus, T, element_types) {
    for (const std::size_t channels : channel_counts)
        for (const std::size_t factor : {1, 2, 3})
            for (const std::size_t extent : {1, 2, 5}) {
                const shape xs{2, extent, 3, channels}, ys{2, extent * factor, 3 * factor, channels};
                const auto x = rounded<T>(scattered<computing_type<T>>(xs, 1)), y = rounded<T>(scattered<computing_type<T>>(ys, 2));
                BOOST_REQUIRE(relative_error(fetched(resize_nearest(sent<D, T>(x), factor)), resize_nearest(x, factor)) == 0);
                const auto back = fetched(resize_nearest_transpose(sent<D, T>(y), factor));
                BOOST_REQUIRE(relative_error(back, resize_nearest_transpose(y, factor)) < rounding<T>);
            }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(every_output_is_seen_by_the_inputs_that_have_a_share_in_it_and_shares_add_up_to_one, Places, all_places) {
    for (std::uint32_t inputs = 1; inputs < 12; ++inputs)
        for (std::uint32_t outputs = 1; outputs < 12; ++outputs) {
            const interpolation_of<Places> taps{{inputs, outputs}};
            for (std::uint32_t o = 0; o < outputs; ++o) {
                double share = 0;
                for (std::uint32_t i = 0; i < inputs; ++i) {
                    const auto [first, last] = taps.seen_by(i);
                    if (o >= first && o < last) share += taps.template share<double>(i, o);
                    else BOOST_REQUIRE_SMALL(taps.template share<double>(i, o), 1e-15);
                }
                BOOST_REQUIRE_CLOSE(share, 1, 1e-12);
            }
        }
}

BOOST_AUTO_TEST_CASE(wrong_shapes_are_named) {
    const auto x = tensor<float, D>({1, 4, 4, 2});
    BOOST_CHECK_THROW(resize_bilinear_transpose(x, {2, 8, 8, 2}), error);
    BOOST_CHECK_THROW(resize_nearest(x, 0), error);
    BOOST_CHECK_THROW(resize_nearest_transpose(x, 3), error);
}
