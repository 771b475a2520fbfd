// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of what the shared kinds of figures measure.
#define BOOST_TEST_MODULE kinds
#include <boost/test/unit_test.hpp>

#include "../../experiments/figures/kinds/inpainting.hpp"
#include "../../experiments/figures/kinds/interpolation.hpp"
#include "../../experiments/figures/kinds/nearest.hpp"
#include "../../experiments/figures/kinds/progress.hpp"
#include "../../experiments/figures/kinds/table.hpp"

using namespace ncsn;

// Of white noise the measure is its deviation: 62² x 8 values of a filter whose neighbours are correlated; 1 % is five standard errors.
BOOST_AUTO_TEST_CASE(noise_is_measured_and_gradients_are_not) {
    philox rng{1};
    host_array ramp{{8, 64, 64, 1}};
    float* const to = ramp.write();
    for (std::size_t i = 0; i < ramp.size(); ++i) to[i] = 0.01f * static_cast<float>(i % 64) + 0.003f * static_cast<float>(i / 64 % 64);
    BOOST_TEST(noise_of(ramp) < 1e-6);
    const host_array noisy = ramp + 0.1 * normal_like(ramp, rng);
    BOOST_TEST(noise_of(noisy) == 0.1, boost::test_tools::tolerance(0.01));
    BOOST_CHECK_THROW(noise_of(host_array{{1, 2, 8, 1}}), error);
}

BOOST_AUTO_TEST_CASE(what_is_clipped_is_counted) {
    BOOST_TEST(saturation_of(host_array({1, 2, 2, 1}, {-0.1f, 0, 1, 1.5f})) == 0.5);
}

BOOST_AUTO_TEST_CASE(even_rows_take_equal_steps_and_a_jump_is_one) {
    host_array rows{{8, 1, 2, 1}};                                                    // two rows of four: on a line, and from one image to another
    float* const to = rows.write();
    for (std::size_t i = 0; i < 4; ++i) to[2 * i] = static_cast<float>(i), to[2 * i + 1] = 2 * static_cast<float>(i);
    for (std::size_t i = 4; i < 8; ++i) to[2 * i] = to[2 * i + 1] = i < 6 ? 0.f : 1.f;
    BOOST_TEST(jump_of(rows, 4) == (1. / 3 + 1) / 2, boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(a_mask_hides_its_half) {
    const auto right = hidden_half("right", 2, 4), left = hidden_half("left", 2, 4);
    const auto top = hidden_half("top", 4, 1), bottom = hidden_half("bottom", 4, 1);
    BOOST_TEST((right == std::vector<bool>{false, false, true, true, false, false, true, true}));
    BOOST_TEST((left == std::vector<bool>{true, true, false, false, true, true, false, false}));
    BOOST_TEST((top == std::vector<bool>{true, true, false, false}));
    BOOST_TEST((bottom == std::vector<bool>{false, false, true, true}));
    BOOST_CHECK_THROW(hidden_half("checkerboard", 2, 2), error);
}

BOOST_AUTO_TEST_CASE(a_column_of_a_grid_is_what_was_put_there) {
    philox rng{2};
    const auto x = uniform<host_array>({6, 3, 4, 2}, 0, 1, rng);                     // two rows of three images
    const host_array second = grid_column(make_image_grid(x, {.columns = 3}), 3, 4, 1);
    BOOST_TEST((second.shape() == shape{2, 3, 4, 2}));
    for (std::size_t i = 0; i < second.size(); ++i) BOOST_TEST(second[i] == x[(i / 24 * 3 + 1) * 24 + i % 24]);
}

// A floor compares images of two halves, so it has no more of them than a half.
BOOST_AUTO_TEST_CASE(floors_have_as_many_images_as_there_are) {
    const auto same = [](const set_sizes& n, std::array<std::size_t, 4> expected) {
        return std::array{n.samples, n.reference, n.floor_samples, n.floor_reference} == expected;
    };
    BOOST_TEST(same(sizes_of_sets(100, 1000, 10'000, 60'000), {100, 1000, 100, 1000}));
    BOOST_TEST(same(sizes_of_sets(100, 1000, 400, 400), {100, 400, 100, 200}));
    BOOST_TEST(same(sizes_of_sets(50'000, 10'000, 10'000, 50'000), {50'000, 10'000, 25'000, 10'000}));
    for (std::uint64_t seed = 0; seed < 50; ++seed) BOOST_TEST(floor_begin(seed, 30, 200) + 30 <= 200u);
    BOOST_TEST(floor_begin(1, 30, 200) == 30u);
    BOOST_TEST(floor_begin(2, 30, 200) == 60u);                                      // images that seed 1 did not take
    BOOST_TEST(floor_begin(7, 200, 200) == 0u);
}

BOOST_AUTO_TEST_CASE(a_measure_of_features_has_one_name_and_its_network) {
    for (const std::string& name : feature_measure_names()) BOOST_TEST(find_feature_measure(name)->name == name);
    BOOST_TEST(find_feature_measure("fid")->network == std::string{"inception"});    // and of no other network
    BOOST_TEST(find_feature_measure("digits") == nullptr);
}

BOOST_AUTO_TEST_CASE(distances_to_the_nearest_are_averaged) {
    const host_array data({2, 2}, {0, 0, 10, 0}), queries({2, 2}, {3, 4, 10, 1});
    BOOST_TEST(mean_nearest_distance(queries, data) == 3.0);
}
