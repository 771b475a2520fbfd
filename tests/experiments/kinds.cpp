// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of what the shared kinds of figures measure.
#include <boost/test/unit_test.hpp>

#include "../../experiments/figures/kinds/checkpoints.hpp"
#include "../../experiments/figures/kinds/inpainting.hpp"
#include "../../experiments/figures/kinds/interpolation.hpp"
#include "../../experiments/figures/kinds/nearest.hpp"
#include "../../experiments/figures/kinds/progress.hpp"
#include "../../experiments/figures/kinds/table.hpp"

#include <support/files.hpp>

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

BOOST_AUTO_TEST_CASE(digits_are_as_many_as_they_are_evenly_drawn) {
    const std::vector<std::size_t> even(10, 7), one{0, 0, 30, 0, 0, 0, 0, 0, 0, 0}, uneven{50, 25, 25, 0, 0, 0, 0, 0, 0, 0};
    BOOST_TEST(digit_spread{even}.kinds == 10, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(digit_spread{even}.commonest == 0.1);
    BOOST_TEST(digit_spread{one}.kinds == 1);
    BOOST_TEST(digit_spread{one}.commonest == 1);
    BOOST_TEST(digit_spread{uneven}.kinds == std::exp(1.5 * std::log(2)), boost::test_tools::tolerance(1e-12));   // ½ ln 2 + ½ ln 4
    BOOST_TEST(digit_spread{uneven}.commonest == 0.5);
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

BOOST_AUTO_TEST_CASE(a_mask_hides_what_its_name_says) {
    using pixels = std::vector<bool>;
    BOOST_TEST((hidden_pixels("right", 2, 4) == pixels{0, 0, 1, 1, 0, 0, 1, 1}));
    BOOST_TEST((hidden_pixels("left", 2, 4) == pixels{1, 1, 0, 0, 1, 1, 0, 0}));
    BOOST_TEST((hidden_pixels("top", 4, 1) == pixels{1, 1, 0, 0}));
    BOOST_TEST((hidden_pixels("bottom", 4, 1) == pixels{0, 0, 1, 1}));
    BOOST_TEST((hidden_pixels("center", 4, 4) == pixels{0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0}));
    BOOST_TEST((hidden_pixels("middle", 1, 5) == pixels{0, 0, 1, 0, 0}));
    BOOST_TEST((hidden_pixels("checkerboard", 2, 3) == pixels{0, 1, 0, 1, 0, 1}));
    const scratch_folder folder;
    save_png((folder / "corner.png").string(), host_array({2, 2, 1}, {1, 1, 0, 1}));
    BOOST_TEST((hidden_pixels((folder / "corner.png").string(), 2, 2) == pixels{0, 0, 1, 0}));
    BOOST_CHECK_THROW(hidden_pixels("upper", 2, 2), error);
    BOOST_CHECK_THROW(hidden_pixels((folder / "corner.png").string(), 2, 3), error);
    BOOST_CHECK_THROW(hidden_pixels("checkerboard", 1, 1), error);                   // hides nothing
}

// Where two images differ by 0.1 in every hidden pixel their ratio is 20 dB, whatever the rest; what lies outside [0, 1] is clamped first.
BOOST_AUTO_TEST_CASE(the_signal_to_noise_of_hidden_pixels_is_known) {
    const std::vector<bool> hidden = hidden_pixels("right", 1, 2);
    const host_array x({2, 1, 2, 2}, {0.9f, 0.9f, 0.5f, 0.25f, 0, 0, 1.5f, -1}), y({2, 1, 2, 2}, {0, 0, 0.4f, 0.35f, 0, 0, 0.9f, 0.1f});
    const host_array part = hidden_part(x, hidden);
    BOOST_TEST((part.shape() == shape{2, 2}));
    BOOST_TEST(part[2] == 1);
    BOOST_TEST(part[3] == 0);
    BOOST_TEST(mean_psnr(part, hidden_part(y, hidden)) == 20, boost::test_tools::tolerance(1e-5));
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

BOOST_AUTO_TEST_CASE(checkpoints_are_those_of_training_in_the_order_of_its_steps) {
    const scratch_folder folder;
    for (const char* name : {"weights-900.safetensors", "weights-1000.safetensors", "last.safetensors", "weights-.safetensors",
                             "weights-5x.safetensors", "weights-7.safetensors.part"})
        save_text(folder / name, "");
    const auto found = checkpoints_in(folder.path);
    BOOST_TEST(found.size() == 2u);
    BOOST_TEST(found.begin()->first == 900u);
    BOOST_TEST(found.rbegin()->second == folder / "weights-1000.safetensors");
    BOOST_TEST(checkpoints_in(folder / "nowhere").empty());
}

BOOST_AUTO_TEST_CASE(a_curve_that_falls_has_no_rises_and_the_lowest_is_the_first_of_equals) {
    BOOST_TEST(share_of_rises({5, 4, 3, 3}) == 0);
    BOOST_TEST(share_of_rises({1, 2}) == 1);
    BOOST_TEST(share_of_rises({3, 1, 2, 1, 2}) == 0.5);
    BOOST_CHECK_THROW(share_of_rises({1}), error);
    BOOST_TEST(lowest_of({{10, 2.}, {20, 1.}, {30, 1.}}) == 20u);
}

/// A table of three panels, whose distances are given here; its curve says them in another order than that of their steps.
struct three_steps {
    figure f;
    std::vector<panel> panels;
    json curve{{"name", "c"}, {"panels", {"b", "c", "a"}}, {"by", "epsilon"}, {"within", 1.5}};

    three_steps() {
        f.id = "own";
        f.about.text = {{"quantities", json::object()}, {"seeds", {1, 2}}};
        for (const char* name : {"a.fd_digits", "b.fd_digits", "c.fd_digits", "c.width.fd_digits"}) f.about.text["quantities"][name] = name;
        const std::map<std::string, double> steps{{"a", 1e-6}, {"b", 4e-6}, {"c", 64e-6}};
        for (const auto& [name, step] : steps) {
            panel p{};
            p.name = name, p.measure = {"fd_digits", "kd_digits"}, p.options = {{"epsilon", step}};
            panels.push_back(p);
        }
        f.report = claim_report{f.about};
    }
    curves made() {
        f.about.text["curves"] = {curve};
        return {f, panels};
    }
    void seed(double a, double b, double c) { f.measure("a.fd_digits", a), f.measure("b.fd_digits", b), f.measure("c.fd_digits", c); }
    bool refuses(const json& change, const std::string& why) {
        const json whole = curve;
        curve.merge_patch(change);
        f.about.text["curves"] = {curve};
        curve = whole;
        try {
            const curves none{f, panels};
        } catch (const error& reason) {
            return std::string{reason.what()}.find(why) != std::string::npos;
        }
        return false;
    }
};

BOOST_AUTO_TEST_CASE(a_curve_is_as_wide_as_its_steps_near_the_least_distance_seed_by_seed) {
    three_steps of;
    const curves all = of.made();
    of.seed(10, 2, 4);                                                                // by hand in statistics/range_near_least.cpp
    all.measure(of.f);
    of.seed(2, 2, 9);                                                                 // open below; 3 is 1/7 of the way from 2 to 9
    all.measure(of.f);
    const auto& widths = of.f.report.at("c.width.fd_digits").values;
    BOOST_TEST(widths.size() == 2u);
    BOOST_TEST(widths.at(0) == std::log(16) - 7 / 8.0 * std::log(4), boost::test_tools::tolerance(1e-12));
    BOOST_TEST(widths.at(1) == std::log(4) + std::log(16) / 7, boost::test_tools::tolerance(1e-12));
    const json ranges = of.f.settings.at("ranges").at("c.width.fd_digits");
    BOOST_TEST(ranges.at(0).at("open") == "nowhere");
    BOOST_TEST(ranges.at(1).at("open") == "below");
    BOOST_TEST(ranges.at(1).at("first") == 1e-6);
}

BOOST_AUTO_TEST_CASE(a_curve_of_what_was_not_evaluated_is_not_and_a_bad_one_is_refused) {
    three_steps of;
    const curves all = of.made();
    of.f.report.not_evaluated("b.fd_digits", "needs weights");
    of.f.measure("a.fd_digits", 1), of.f.measure("c.fd_digits", 1);
    all.measure(of.f);
    BOOST_TEST(of.f.report.at("c.width.fd_digits").missing == "needs weights");
    BOOST_TEST(of.refuses({{"panels", {"a", "d"}}}, "curve c: there is no panel d"));
    BOOST_TEST(of.refuses({{"panels", {"a", "b", "a"}}}, "two panels have epsilon 1e-06"));
    BOOST_TEST(of.refuses({{"panels", json::array()}}, "it has no panels"));
    of.f.about.text["curves"] = {of.curve, of.curve};
    BOOST_CHECK_EXCEPTION((curves{of.f, of.panels}), error,
                          [](const error& e) { return std::string{e.what()}.ends_with("another curve has this name"); });
    BOOST_TEST(of.refuses({{"by", "steps"}}, "panel b has no steps above 0"));
    BOOST_TEST(of.refuses({{"within", 0.5}}, "within 0.5 times its least"));
    of.panels.back().measure = {"fid"};
    BOOST_TEST(of.refuses(json::object(), "panel c measures something else than panel a"));
}

BOOST_AUTO_TEST_CASE(the_fastest_interval_counts) {
    const scratch_folder folder;
    save_text(folder / "metrics.jsonl", R"({"step":1,"speed":2}
{"step":2,"speed":5.5}
{"step":2,"test":1}
{"step":3,"speed":3}
{"st)");                                                                            // where a run was killed
    BOOST_TEST(fastest(folder / "metrics.jsonl", "speed") == 5.5);
    BOOST_CHECK_THROW(fastest(folder / "metrics.jsonl", "loss"), error);
    BOOST_CHECK_THROW(fastest(folder / "none.jsonl", "speed"), error);
}

BOOST_AUTO_TEST_CASE(distances_to_the_nearest_are_averaged) {
    const host_array data({2, 2}, {0, 0, 10, 0}), queries({2, 2}, {3, 4, 10, 1});
    BOOST_TEST(mean_nearest_distance(queries, data) == 3.0);
}

// In pixels (0, 1/8) is nearest to (0, 0); in the difference of the two pixels, whatever the brightness, to (5, 5 + 1/8).
BOOST_AUTO_TEST_CASE(the_nearest_in_features_is_another_image_than_in_pixels) {
    const host_array images({3, 1, 2, 1}, {0, 0, 5, 5.125f, 1, 0}), sample({1, 1, 2, 1}, {0, 0.125f});
    const auto difference = [](const host_array& x) {
        host_array features{{x.shape()[0], 1}};
        float* const to = features.write();
        for (std::size_t i = 0; i < features.size(); ++i) to[i] = x[2 * i + 1] - x[2 * i];
        return features;
    };
    const host_array features = difference(images), at = difference(sample);
    BOOST_TEST(mean_nearest_distance(sample, images) == 0.125);
    BOOST_TEST(mean_nearest_distance(at, features) == 0);
    const auto row = [&](const std::vector<std::vector<neighbour>>& found) {
        const host_array rows = neighbour_rows(sample, images, found, 2);
        BOOST_TEST((rows.shape() == shape{4, 1, 2, 1}));
        return std::vector<float>(rows.values().begin(), rows.values().end());
    };
    using pixels = std::vector<float>;
    BOOST_TEST((row(nearest(sample, images, 2)) == pixels{0, 0.125f, 1, 1, 0, 0, 1, 0}));                  // itself, a gap, two neighbours
    BOOST_TEST((row(nearest(at, features, 2)) == pixels{0, 0.125f, 1, 1, 5, 5.125f, 0, 0}));
    BOOST_TEST((row({{}}) == pixels{0, 0.125f, 1, 1, 1, 1, 1, 1}));                                       // not evaluated
}
