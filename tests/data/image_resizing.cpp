// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of cutting and resizing: laws, and bytes that Pillow 13.0 and OpenCV 4 gave.
#include "../support/files.hpp"

#include <ncsn/data/image_resizing.hpp>

#include <boost/test/unit_test.hpp>

#include <zlib.h>

#include <array>
#include <numeric>

using namespace ncsn;

namespace {

/// Bytes that jump about: pixel i is 37 i modulo 256.
image_bytes scattered(std::size_t height, std::size_t width, std::size_t channels) {
    auto x = image_bytes::uninitialized({height, width, channels});
    std::uint8_t* to = x.write();
    for (std::size_t i = 0; i < x.size(); ++i) to[i] = static_cast<std::uint8_t>(37 * i % 256);
    return x;
}
std::vector<int> bytes(const image_bytes& x) { return {x.values().begin(), x.values().end()}; }
std::string refusal(const image_preparation& how, const image_size& of) { return message_of([&] { how(of); }); }
bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_CASE(antialiased_is_pillows_bilinear) {
    const auto x = scattered(5, 7, 1);
    BOOST_TEST(bytes(resized(x, 2, 3)) == (std::vector<int>{35, 114, 193, 41, 120, 199}));
    BOOST_TEST(bytes(resized(x, 5, 4)) ==
               (std::vector<int>{19, 77, 145, 203, 22, 80, 148, 206, 25, 83, 151, 209, 28, 86, 154, 212, 31, 89, 157, 215}));
    const auto wide = bytes(resized(x, 8, 9));
    BOOST_TEST((std::vector<int>(wide.begin() + 9, wide.begin() + 18)) == (std::vector<int>{1, 26, 54, 83, 112, 141, 170, 198, 223}));
}

BOOST_AUTO_TEST_CASE(bilinear_is_opencvs_and_that_of_half_pixel_centres) {
    const auto x = scattered(5, 7, 1);
    const auto plain = [&](std::size_t height, std::size_t width) { return bytes(resized(x, height, width, resize_filter::bilinear)); };
    BOOST_TEST(plain(2, 3) == (std::vector<int>{27, 113, 200, 34, 121, 207}));
    BOOST_TEST(plain(5, 4) == (std::vector<int>{14, 79, 143, 208, 17, 82, 146, 211, 20, 85, 149, 214, 23, 88, 152, 217, 26, 91, 155, 220}));
    const auto wide = plain(8, 9);
    BOOST_TEST((std::vector<int>(wide.begin() + 9, wide.begin() + 18)) == (std::vector<int>{1, 26, 55, 84, 112, 141, 170, 199, 223}));
}

BOOST_AUTO_TEST_CASE(a_face_of_celeba_is_cut_and_shrunk_as_the_papers_program_does_it) {
    auto x = image_bytes::uninitialized({218, 178, 3});
    std::uint8_t* to = x.write();
    for (std::uint64_t i = 0; i < x.size(); ++i) to[i] = static_cast<std::uint8_t>(2'654'435'761 * i >> 13);
    const image_preparation celeba{.area = image_area{19, 39, 140, 140}, .size = 32};
    const auto y = celeba(x);
    BOOST_TEST(y.shape() == (shape{32, 32, 3}));
    const std::array<int, 6> first{125, 126, 126, 123, 127, 127};                   // Pillow: crop((19, 39, 159, 179)).resize((32, 32), BILINEAR)
    BOOST_TEST(std::ranges::equal(y.values().first(6), first));
    BOOST_TEST(crc32(0, y.data(), static_cast<uInt>(y.size())) == 0xa6fe3100u);     // of all 3,072
}

BOOST_AUTO_TEST_CASE(halving_is_the_mean_where_it_must_be) {
    // By 2 the triangle has the weights 1, 3, 3, 1 eighths, and 3, 3, 1 sevenths at an edge; two taps are the plain mean.
    const image_bytes x{{1, 8, 1}, {0, 8, 16, 24, 32, 40, 48, 56}};
    BOOST_TEST(bytes(resized(x, 1, 4)) == (std::vector<int>{6, 20, 36, 50}));       // 40/7, 20, 36, 56 - 40/7
    BOOST_TEST(bytes(resized(x, 1, 4, resize_filter::bilinear)) == (std::vector<int>{4, 20, 36, 52}));
}

BOOST_AUTO_TEST_CASE(what_has_no_structure_stays_and_the_same_size_is_the_same_image) {
    for (const auto filter : {resize_filter::antialiased, resize_filter::bilinear}) {
        for (const int level : {0, 1, 127, 255})
            for (const auto& [height, width] : {std::pair{3, 2}, std::pair{31, 64}, std::pair{200, 1}}) {
                const auto y = resized(image_bytes{{17, 23, 3}, static_cast<std::uint8_t>(level)}, height, width, filter);
                BOOST_TEST(std::ranges::all_of(y.values(), [=](std::uint8_t byte) { return byte == level; }));
            }
        const auto x = scattered(6, 5, 3);
        BOOST_TEST(bytes(resized(x, 6, 5, filter)) == bytes(x));
    }
}

BOOST_AUTO_TEST_CASE(channels_do_not_mix_and_mirrored_images_give_mirrored_ones) {
    const auto grey = scattered(9, 12, 1);
    auto colour = image_bytes::uninitialized({9, 12, 3}), mirrored = image_bytes::uninitialized({9, 12, 1});
    for (std::size_t i = 0; i < grey.size(); ++i) {
        colour.write()[3 * i] = grey[i];
        colour.write()[3 * i + 1] = static_cast<std::uint8_t>(255 - grey[i]);
        colour.write()[3 * i + 2] = 9;
        mirrored.write()[i / 12 * 12 + 11 - i % 12] = grey[i];
    }
    const auto small = resized(grey, 4, 5), in_colour = resized(colour, 4, 5), other = resized(mirrored, 4, 5);
    for (std::size_t i = 0; i < small.size(); ++i) {
        BOOST_TEST(in_colour[3 * i] == small[i]);
        BOOST_TEST(std::abs(in_colour[3 * i + 1] - (255 - small[i])) <= 1);         // ties are rounded up
        BOOST_TEST(in_colour[3 * i + 2] == 9);
        BOOST_TEST(other[i / 5 * 5 + 4 - i % 5] == small[i]);
    }
}

BOOST_AUTO_TEST_CASE(the_middle_and_areas_are_cut_out_exactly) {
    const auto x = scattered(5, 8, 1);
    BOOST_TEST(bytes(cropped(x, {2, 1, 3, 2})) == (std::vector<int>{37 * 10 % 256, 37 * 11 % 256, 37 * 12 % 256, 37 * 18 % 256, 37 * 19 % 256,
                                                                    37 * 20 % 256}));
    const auto middle = image_preparation{.centre_square = true}(x);
    BOOST_TEST(bytes(middle) == bytes(cropped(x, {1, 0, 5, 5})));                   // of three columns too many, one goes on the left
    const auto tall = image_preparation{.centre_square = true}(scattered(8, 5, 1));
    BOOST_TEST(bytes(tall) == bytes(cropped(scattered(8, 5, 1), {0, 1, 5, 5})));
}

BOOST_AUTO_TEST_CASE(the_size_is_known_before_the_image) {
    const image_size landscape{60, 101, 3}, portrait{100, 60, 1};
    BOOST_TEST((image_preparation{.short_side = 32}(landscape) == image_size{32, 53, 3}));      // 53.9 is rounded down
    BOOST_TEST((image_preparation{.short_side = 32, .centre_square = true}(portrait) == image_size{32, 32, 1}));
    for (const auto& how : {image_preparation{}, image_preparation{.short_side = 20}, image_preparation{.centre_square = true, .size = 16},
                            image_preparation{.short_side = 30, .area = image_area{5, 5, 20, 20}, .size = 40}})
        for (const auto& size : {landscape, portrait}) {
            const auto y = how(scattered(size.height, size.width, size.channels));
            BOOST_TEST((image_size{y.shape()[0], y.shape()[1], y.shape()[2]} == how(size)));
        }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_refused) {
    BOOST_TEST(mentions(refusal({.area = image_area{50, 0, 60, 10}}, {60, 100, 3}), "60 x 10 pixels at (50, 0) is not inside 100 x 60"));
    BOOST_TEST(mentions(refusal({.area = image_area{0, 0, 0, 10}}, {60, 100, 3}), "is not inside"));
    const std::size_t huge = ~std::size_t{0};
    BOOST_TEST(mentions(refusal({.area = image_area{2, 0, huge, 10}}, {60, 100, 3}), "is not inside"));
    BOOST_TEST(mentions(refusal({.area = image_area{huge, huge, 2, 2}}, {60, 100, 3}), "is not inside"));
    BOOST_TEST(mentions(refusal({.size = 32}, {60, 100, 3}), "100 x 60 pixels would be distorted to 32 x 32"));
    BOOST_TEST(mentions(refusal({.centre_square = true, .area = image_area{0, 0, 1, 1}}, {60, 100, 3}), "cut once"));
    BOOST_TEST(mentions(refusal({.centre_square = true, .size = huge}, {60, 100, 3}), "at most 100000"));
    BOOST_TEST(mentions(refusal({.short_side = 50'000}, {60, 100, 3}), "at most 100000000"));
    BOOST_TEST(mentions(message_of([] { resized(image_bytes{{2, 2, 1}}, 0, 3); }), "extents above 0"));
    BOOST_TEST(mentions(message_of([] { resized(image_bytes{{0, 2, 1}}, 1, 3); }), "[0,2,1]"));
    BOOST_TEST(mentions(refusal({.short_side = 4}, {0, 100, 3}), "100 x 0 pixels; an image was expected"));
    BOOST_TEST(mentions(message_of([] { cropped(image_bytes{{4, 4}}, {0, 0, 2, 2}); }), "[4,4]"));
    BOOST_TEST(mentions(message_of([] { make_resize_taps(0, 3, resize_filter::bilinear); }), "extents above 0"));
    BOOST_TEST(mentions(message_of([] { cropped(image_bytes{{2, 2, 1}}, {1, 1, 2, 1}); }), "is not inside"));
}
