// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of inpainting: which pixels are held, at what, and when the noise of the known ones is drawn.
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/inpainting.hpp>
#include <ncsn/samplers/langevin.hpp>

#include <boost/test/unit_test.hpp>

#include <support/files.hpp>
#include <support/moments.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;

namespace {

const noise_level level{2, 0.3, 0.1, 0.1};
const auto nothing = [](const array& x, const noise_levels&) { return 0.0 * x; };

/// A move that records what it was given, and adds 1 to every pixel without drawing anything.
struct noting {
    std::vector<array>* seen;
    array operator()(const ScoreModel<array> auto&, const array& x, const noise_level&, philox&) const {
        seen->push_back(x);
        return x + 1;
    }
};
const array mask({4, 4, 1}, {1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 1});          // a checkerboard, for all channels

array image() {
    philox rng{20};
    return uniform<array>({1, 4, 4, 3}, 0, 1, rng);
}
bool known(std::size_t i) { return mask[i / 3 % 16] == 1; }

}  // namespace

static_assert(Transition<inpainting<array, langevin>, gaussian_mixture<array>, array>);

BOOST_AUTO_TEST_CASE(known_pixels_are_the_image_with_noise_drawn_once_a_level_before_and_after_every_move) {
    std::vector<array> seen;
    philox rng{1};
    const array x0 = 1e4 * normal<array>({5, 4, 4, 3}, rng);                          // far away: rounding of x must not reach a known pixel
    philox same_rng = rng;
    const array held = image() + 0.3 * normal_like(x0, same_rng);
    const array y = inpainting{mask, image(), 3, noting{&seen}}(nothing, x0, level, rng);
    BOOST_TEST_REQUIRE(seen.size() == 3u);
    for (std::size_t i = 0; i < x0.size(); ++i)
        for (std::size_t t = 0; t < 4; ++t) {
            const float found = t < 3 ? seen[t][i] : y[i], hidden = t == 0 ? x0[i] : (t < 3 ? seen[t - 1][i] : seen[2][i]) + 1;
            BOOST_TEST_REQUIRE(found == (known(i) ? held[i] : hidden), "pixel " << i << ", move " << t);
        }
    BOOST_TEST((rng == same_rng));                                                    // one draw a level
}

BOOST_AUTO_TEST_CASE(as_algorithm_2_is_printed_the_first_move_of_a_level_sees_what_the_level_before_left) {
    std::vector<array> seen;
    philox rng{4};
    const array x0 = normal<array>({5, 4, 4, 3}, rng);
    philox same_rng = rng;
    const array held = image() + 0.3 * normal_like(x0, same_rng);
    const array y = inpainting{mask, image(), 3, noting{&seen}, imposing::after_every_move}(nothing, x0, level, rng);
    BOOST_TEST_REQUIRE(seen.size() == 3u);
    for (std::size_t i = 0; i < x0.size(); ++i) {
        BOOST_TEST_REQUIRE(seen[0][i] == x0[i], "pixel " << i);                       // the known ones, too
        for (std::size_t t = 1; t < 4; ++t)
            BOOST_TEST_REQUIRE((t < 3 ? seen[t][i] : y[i]) == (known(i) ? held[i] : seen[t - 1][i] + 1), "pixel " << i << ", move " << t);
    }
    BOOST_TEST((rng == same_rng));                                                    // one draw a level, as in the code
}

BOOST_AUTO_TEST_CASE(in_the_other_mode_the_noise_is_fresh_before_every_move_and_the_last_move_is_left_alone) {
    std::vector<array> seen;
    philox rng{2};
    const array x0 = normal<array>({5, 4, 4, 3}, rng);
    philox same_rng = rng;
    const array y = inpainting{mask, image(), 3, noting{&seen}, imposing::before_every_move}(nothing, x0, level, rng);
    BOOST_TEST_REQUIRE(seen.size() == 3u);
    for (std::size_t t = 0; t < 3; ++t) {
        const array held = image() + 0.3 * normal_like(x0, same_rng);
        for (std::size_t i = 0; i < x0.size(); ++i)
            BOOST_TEST_REQUIRE(seen[t][i] == (known(i) ? held[i] : t == 0 ? x0[i] : seen[t - 1][i] + 1), "pixel " << i << ", move " << t);
    }
    for (std::size_t i = 0; i < x0.size(); ++i) BOOST_TEST_REQUIRE(y[i] == seen[2][i] + 1);
    BOOST_TEST((rng == same_rng));                                                    // one draw a move
}

BOOST_AUTO_TEST_CASE(the_hidden_coordinate_of_a_gaussian_gets_its_conditional_law) {
    // Two independent coordinates, the first known to be 2: after the last level it is 2 + σ_L z, and the second N(-1, (0.3² + σ_L²)), widened
    // by the step: a/c = 0.01/0.1, V = c/(1 - a/2c).
    const gaussian_mixture<array> target{{{1, {0, -1}}}, 0.3};
    philox rng{3};
    const annealed sampler{geometric{{.first = 1, .last = 0.1, .levels = 5}},
                           inpainting{array({1, 2}, {1, 0}), array({1, 2}, {2, 0}), 100, langevin{full_step(0.001)}}};
    const array x = sampler(target, uniform<array>({20000, 2}, 0, 1, rng), rng);
    BOOST_TEST(has_moments(columns(x, 0, 1), 2, 0.01));
    const double c = 0.1, a = 0.001, left = std::pow(1 - a / c, 200);                 // the level before it is not quite forgotten
    const double before = 0.09 + std::pow(10, -1.5), rests = c / (1 - a / (2 * c));
    const auto found = element_moments_of(columns(x, 1, 1));
    BOOST_TEST(std::abs(found.mean + 1) < 5 * std::sqrt(0.1 / 20000));
    BOOST_TEST(std::abs(found.variance - rests) < 5 * 0.01 * rests + 1.1 * left * std::abs(before - rests));
}

BOOST_AUTO_TEST_CASE(a_mask_holds_ones_and_zeros) {
    BOOST_CHECK_THROW((inpainting{array({1, 2}, {1, 0.5f}), array({1, 2}), 1, langevin{full_step(1)}}), error);
    BOOST_CHECK_THROW((inpainting{array({1, 2}, {1, 0}), array({1, 2}), 0, langevin{full_step(1)}}), error);
}

BOOST_AUTO_TEST_CASE(a_mask_has_the_axes_of_a_sample) {
    const auto score = [](const array& at, const noise_levels&) { return -at; };
    philox rng{3};
    const array mask({4, 4}, 1.0f), image({1, 4, 4, 1}), x({2, 4, 4, 1});
    const auto run = [&](const array& m, const array& known) {
        return message_of([&] { inpainting{m, known, 1, langevin{full_step(0.1)}}(score, x, noise_level{}, rng); });
    };
    BOOST_TEST(run(mask, image).find("[1,H,W,1]") != std::string::npos);              // [4,4] would broadcast as columns and channels
    BOOST_TEST(run(image, mask).find("the axes of one sample") != std::string::npos);
    BOOST_TEST(run(mask.reshaped({1, 4, 4, 1}), image) == "");
    BOOST_TEST(run(mask.reshaped({4, 4, 1}), image) == "");
}
