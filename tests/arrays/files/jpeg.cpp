// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of JPEG files: recorded bytes, what libjpeg writes, and every kind of damage.
#include "../../support/files.hpp"
#include "../../support/jpeg.hpp"

#include <boost/test/unit_test.hpp>

#include <zlib.h>

#include <array>

using namespace ncsn;
using array = tensor<float, cpu>;

namespace {

/// 10 x 6 pixels in colour that Pillow 13 wrote: quality 80, chroma at half the resolution.
const std::string recorded{
    "\377\330\377\340\000\020\112\106\111\106\000\001\001\000\000\001\000\001\000\000\377\333\000\103\000\006\004\005"
    "\006\005\004\006\006\005\006\007\007\006\010\012\020\012\012\011\011\012\024\016\017\014\020\027\024\030\030\027"
    "\024\026\026\032\035\045\037\032\033\043\034\026\026\040\054\040\043\046\047\051\052\051\031\037\055\060\055\050"
    "\060\045\050\051\050\377\333\000\103\001\007\007\007\012\010\012\023\012\012\023\050\032\026\032\050\050\050\050"
    "\050\050\050\050\050\050\050\050\050\050\050\050\050\050\050\050\050\050\050\050\050\050\050\050\050\050\050\050"
    "\050\050\050\050\050\050\050\050\050\050\050\050\050\050\050\050\050\050\377\300\000\021\010\000\006\000\012\003"
    "\001\042\000\002\021\001\003\021\001\377\304\000\025\000\001\001\000\000\000\000\000\000\000\000\000\000\000\000"
    "\000\000\000\006\377\304\000\032\020\000\002\003\001\001\000\000\000\000\000\000\000\000\000\000\000\000\005\001"
    "\002\061\021\041\377\304\000\025\001\001\001\000\000\000\000\000\000\000\000\000\000\000\000\000\000\001\003\377"
    "\304\000\034\021\000\001\003\005\000\000\000\000\000\000\000\000\000\000\000\000\000\001\004\005\006\022\044\063"
    "\221\377\332\000\014\003\001\000\002\021\003\021\000\077\000\241\152\272\236\341\075\053\151\331\300\012\066\211"
    "\147\156\264\012\021\160\070\177\377\331", 318};

std::span<const std::uint8_t> bytes_of(const std::string& file) { return {reinterpret_cast<const std::uint8_t*>(file.data()), file.size()}; }
image_bytes decoded(const std::string& file) { return decode_jpeg("x", bytes_of(file)); }
std::string refusal(const std::string& file) { return message_of([&] { decoded(file); }); }
bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
image_size size_in(const std::string& file) {
    const scratch_folder folder;
    write_text(folder / "x", file);
    return jpeg_size(input_file{folder / "x"});
}
/// The largest difference of two images' bytes.
int farthest(const image_bytes& a, const image_bytes& b) {
    BOOST_REQUIRE(a.shape() == b.shape());
    int largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(int{a[i]} - int{b[i]}));
    return largest;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_recorded_file_gives_the_bytes_that_pillow_gives) {
    const auto x = decoded(recorded);
    BOOST_TEST(x.shape() == (shape{6, 10, 3}));
    const std::array<int, 6> first{10, 247, 21, 18, 236, 18};
    BOOST_TEST(std::ranges::equal(x.values().first(6), first));
    BOOST_TEST(crc32(0, x.data(), static_cast<uInt>(x.size())) == 0x6e0b9dc8u);     // of all 180
    const scratch_folder folder;
    write_text(folder / "x.jpg", recorded);
    BOOST_TEST(load_jpeg<array>(folder / "x.jpg")[1] == 247 / 255.f);
}

BOOST_AUTO_TEST_CASE(grey_and_colour_come_back_nearly_and_a_constant_block_exactly) {
    for (const bool progressive : {false, true})
        for (const std::size_t channels : {1, 3}) {
            const auto x = picture(17, 24, channels);
            const std::string file = jpeg_of(x, {.quality = 100, .progressive = progressive});
            BOOST_TEST(farthest(decoded(file), x) <= 3);       // rounding of frequencies and of colours
            BOOST_TEST(size_in(file) == (image_size{17, 24, channels}));
        }
    for (const int grey : {0, 17, 128, 254, 255}) {                                 // the mean of a block is kept to 1/8
        const image_bytes flat{{8, 8, 1}, static_cast<std::uint8_t>(grey)};
        BOOST_TEST(farthest(decoded(jpeg_of(flat, {.quality = 100})), flat) == 0);
    }
}

BOOST_AUTO_TEST_CASE(a_file_that_ends_early_is_refused_wherever_it_ends) {
    for (const bool progressive : {false, true}) {
        const std::string whole = jpeg_of(picture(16, 16, 3), {.progressive = progressive});
        BOOST_TEST(refusal(whole) == "");
        for (std::size_t length = 0; length < whole.size(); ++length) BOOST_TEST(!refusal(whole.substr(0, length)).empty(), length << " bytes");
        BOOST_TEST(mentions(refusal(whole.substr(0, whole.size() / 2)), "incomplete or damaged"));
        BOOST_TEST(mentions(message_of([&] { size_in(whole.substr(0, 25)); }), "no frame begins in it"));
    }
}

BOOST_AUTO_TEST_CASE(bytes_between_markers_change_nothing) {
    const std::string whole = jpeg_of(picture(16, 16, 1));
    std::string padded = whole;
    padded.insert(padded.size() - 2, "xyz");                                        // before the end marker: libjpeg warns, Pillow says nothing
    BOOST_TEST(farthest(decoded(padded), decoded(whole)) == 0);
}

BOOST_AUTO_TEST_CASE(what_is_no_picture_of_ours_is_refused_by_its_reason) {
    BOOST_TEST(mentions(refusal(jpeg_of(image_bytes{{8, 8, 4}, 90}, {.colours = JCS_CMYK})), "4 colour components (CMYK?)"));
    BOOST_TEST(mentions(refusal("GIF89a"), "Not a JPEG file"));
    BOOST_TEST(mentions(refusal(""), "incomplete or damaged"));
}

BOOST_AUTO_TEST_CASE(a_small_file_costs_little_whatever_it_claims) {
    std::string file = jpeg_of(picture(16, 16, 1));
    const std::size_t frame = file.find("\xff\xc0") + 5;                            // marker, length, precision; then height and width
    const auto claims = [&](const char* extents) {
        file.replace(frame, 4, extents, 4);
        return refusal(file);
    };
    BOOST_TEST(mentions(claims("\xff\xdc\xff\xdc"), "cannot be in a file"));        // 65,500 x 65,500
    BOOST_TEST(mentions(claims("\0\0\0\x10"), "incomplete or damaged"));
    BOOST_TEST(mentions(claims("\1\0\1\0"), "incomplete or damaged"));              // 256 x 256: could be, but is not
}

BOOST_AUTO_TEST_CASE(a_file_that_would_take_hundreds_of_passes_is_refused) {
    BOOST_TEST(mentions(refusal(jpeg_of(picture(16, 16, 1), {.many_scans = true})), "more than 500 scans"));    // 576, all in order
}

BOOST_AUTO_TEST_CASE(a_damaged_file_loads_or_is_refused) {
    const scratch_folder folder;
    const std::string baseline = jpeg_of(picture(24, 24, 3)), progressive = jpeg_of(picture(24, 24, 3), {.progressive = true});
    for (const std::string& good : {baseline, progressive}) {
        const auto report = load_damaged(good, 200, 3000, folder / "bad.jpg", [](const std::filesystem::path& path) {
            jpeg_size(input_file{path});
            load_jpeg<array>(path);
        });
        BOOST_TEST(report.other == 0, report.first_other);
        BOOST_TEST(report.refused > 1000);
    }
}
