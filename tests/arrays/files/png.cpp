// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of PNG files and grids.
#include "../../support/files.hpp"

#include <ncsn/arrays/files/png.hpp>

#include <boost/test/unit_test.hpp>

#include <zlib.h>

#include <limits>

using namespace ncsn;
using array = tensor<float, cpu>;

namespace {

array ramp(const shape& s) {
    array x{s};
    for (std::size_t i = 0; i < x.size(); ++i) x.write()[i] = static_cast<float>(i * 37 % 256) / 255;
    return x;
}
bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A PNG file of these bytes, in one of libpng's formats.
std::string png_of(unsigned height, unsigned width, unsigned format, const std::vector<std::uint8_t>& pixels,
                   const std::vector<std::uint8_t>& palette = {}) {
    png_image picture{};
    picture.version = PNG_IMAGE_VERSION;
    picture.height = height;
    picture.width = width;
    picture.format = format;
    picture.colormap_entries = static_cast<png_uint_32>(palette.size() / 3);
    std::string content(1 << 14, '\0');
    png_alloc_size_t count = content.size();
    BOOST_REQUIRE(png_image_write_to_memory(&picture, content.data(), &count, 0, pixels.data(), 0, palette.empty() ? nullptr : palette.data()));
    return content.substr(0, count);
}
/// The file with one more chunk, right after its header.
std::string with_chunk(std::string file, const std::string& type, const std::string& data) {
    const auto word = [](std::size_t n) {
        return std::string{static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8), static_cast<char>(n)};
    };
    const std::string body = type + data;
    const auto sum = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
    return file.insert(33, word(data.size()) + body + word(sum));
}
std::vector<int> bytes_in(const std::string& file) {
    const auto x = decode_png("x", {reinterpret_cast<const std::uint8_t*>(file.data()), file.size()});
    return {x.values().begin(), x.values().end()};
}
std::string refusal(const std::string& file) { return message_of([&] { bytes_in(file); }); }

}  // namespace

BOOST_AUTO_TEST_CASE(bytes_are_read_as_they_are_stored_whatever_the_file_says_of_their_looks) {
    std::vector<std::uint8_t> ramp(256);
    for (std::size_t i = 0; i < 256; ++i) ramp[i] = static_cast<std::uint8_t>(i);
    const std::vector<int> expected(ramp.begin(), ramp.end());
    const std::string plain = png_of(16, 16, PNG_FORMAT_GRAY, ramp);
    BOOST_TEST(bytes_in(plain) == expected);
    BOOST_TEST(bytes_in(with_chunk(plain, "gAMA", {"\0\1\x86\xa0", 4})) == expected);    // 1: libpng by itself makes 74 of 17
    BOOST_TEST(bytes_in(with_chunk(plain, "gAMA", {"\0\0\xb1\x8f", 4})) == expected);    // 1/2.2
    BOOST_TEST(bytes_in(with_chunk(plain, "sRGB", {"\0", 1})) == expected);
    BOOST_TEST(bytes_in(with_chunk(plain, "iCCP", "no profile at all")) == expected);
    BOOST_TEST(mentions(refusal(with_chunk(plain, "ABCD", "critical and unknown")), "damaged"));
}

BOOST_AUTO_TEST_CASE(palettes_become_colours) {
    const std::string file = png_of(1, 4, PNG_FORMAT_RGB | PNG_FORMAT_FLAG_COLORMAP, {2, 0, 1, 2}, {10, 20, 30, 40, 50, 60, 70, 80, 90});
    BOOST_TEST(bytes_in(file) == (std::vector<int>{70, 80, 90, 10, 20, 30, 40, 50, 60, 70, 80, 90}));
    BOOST_TEST(png_size("x", {reinterpret_cast<const std::uint8_t*>(file.data()), file.size()}, file.size()) == (image_size{1, 4, 3}));
}

BOOST_AUTO_TEST_CASE(an_alpha_channel_is_dropped_where_all_is_opaque_and_refused_elsewhere) {
    BOOST_TEST(bytes_in(png_of(1, 2, PNG_FORMAT_RGBA, {1, 2, 3, 255, 4, 5, 6, 255})) == (std::vector<int>{1, 2, 3, 4, 5, 6}));
    BOOST_TEST(bytes_in(png_of(1, 2, PNG_FORMAT_GA, {1, 255, 2, 255})) == (std::vector<int>{1, 2}));
    const std::string message = refusal(png_of(2, 2, PNG_FORMAT_GA, {1, 255, 2, 255, 3, 254, 4, 0}));
    BOOST_TEST((mentions(message, "pixel (1, 0) is transparent") && mentions(message, "without an alpha channel")));
    const std::string named = png_of(1, 2, PNG_FORMAT_GRAY, {7, 9});                // the grey value 9 is transparent, says tRNS
    BOOST_TEST(mentions(refusal(with_chunk(named, "tRNS", {"\0\x9", 2})), "pixel (0, 1) is transparent"));
    BOOST_TEST(bytes_in(with_chunk(named, "tRNS", {"\0\x8", 2})) == (std::vector<int>{7, 9}));
}

BOOST_AUTO_TEST_CASE(multiples_of_1_over_255_survive_exactly_in_grey_and_colour) {
    const scratch_folder folder;
    for (const shape& s : {shape{16, 16, 1}, shape{5, 7, 3}, shape{1, 1, 1}, shape{1, 300, 3}}) {
        const array x = ramp(s);
        save_png(folder / "x.png", x);
        const auto y = load_png<array>(folder / "x.png");
        BOOST_TEST(y.shape() == s);
        BOOST_TEST(std::ranges::equal(x.values(), y.values()));
    }
}

BOOST_AUTO_TEST_CASE(sixteen_bits_are_rounded_to_eight_without_another_gamma) {      // a file that Pillow 13 wrote: 3084 and 51500 of 65535
    const scratch_folder folder;
    write_text(folder / "x.png", {
                               "\211\120\116\107\015\012\032\012\000\000\000\015\111\110\104\122\000\000\000\002\000\000\000\001\020\000"
                               "\000\000\000\201\331\374\025\000\000\000\015\111\104\101\124\170\234\143\340\341\071\251\003\000\002\027"
                               "\001\016\233\252\213\023\000\000\000\000\111\105\116\104\256\102\140\202",
                               70});
    const auto x = load_png<array>(folder / "x.png");
    BOOST_TEST(x.shape() == (shape{1, 2, 1}));
    BOOST_TEST(x[0] == 12 / 255.f);
    BOOST_TEST(x[1] == 200 / 255.f);
}

BOOST_AUTO_TEST_CASE(values_are_clamped_rounded_to_the_nearest_and_nan_is_black) {
    const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
    BOOST_TEST(int{pixel_byte(-1.f)} == 0);
    BOOST_TEST(int{pixel_byte(2.f)} == 255);
    BOOST_TEST(int{pixel_byte(inf)} == 255);
    BOOST_TEST(int{pixel_byte(-inf)} == 0);
    BOOST_TEST(int{pixel_byte(nan)} == 0);
    BOOST_TEST(int{pixel_byte(0.5f)} == 128);                                       // 127.5 goes up
    BOOST_TEST(int{pixel_byte(0.499f)} == 127);
    for (int byte = 0; byte < 256; ++byte) BOOST_TEST(int{pixel_byte(static_cast<float>(byte) / 255)} == byte);
}

BOOST_AUTO_TEST_CASE(a_grid_places_images_in_reading_order_with_padding_around_each) {
    const array x{{3, 1, 2, 1}, {.1f, .2f, .3f, .4f, .5f, .6f}};
    const auto grid = make_image_grid(x, {.columns = 2, .padding = 1, .background = .9f});
    BOOST_TEST(grid.shape() == (shape{5, 7, 1}));                                   // 2 rows of (1 + 1) + 1, 2 columns of (2 + 1) + 1
    const float b = .9f;
    const array expected{{5, 7, 1},
                         {b, b, b, b, b, b, b, b, .1f, .2f, b, .3f, .4f, b, b, b, b, b, b, b, b, b, .5f, .6f, b, b, b, b, b, b, b, b, b, b, b}};
    BOOST_TEST(std::ranges::equal(grid.values(), expected.values()));
}

BOOST_AUTO_TEST_CASE(a_grid_is_near_square_by_default_and_never_wider_than_its_images) {
    BOOST_TEST(make_image_grid(array{{64, 4, 4, 3}}).shape() == (shape{50, 50, 3}));
    BOOST_TEST(make_image_grid(array{{10, 4, 4, 1}}).shape() == (shape{20, 26, 1}));      // 3 rows of 4
    BOOST_TEST(make_image_grid(array{{3, 4, 4, 1}}, {.columns = 8}).shape() == (shape{8, 20, 1}));
}

BOOST_AUTO_TEST_CASE(what_a_grid_would_be_is_known_without_its_images) {
    BOOST_TEST(image_grid_shape({10, 4, 4, 1}) == (shape{20, 26, 1}));
    const shape tall = image_grid_shape({100'001, 8, 8, 1}, {.columns = 1});
    BOOST_TEST(tall == (shape{1'000'012, 12, 1}));                                  // each 8 + 2 pixels, and 2 at the other end
    BOOST_TEST(mentions(message_of([&] { require_png_sides("x.png", tall); }), "a side has at most 1000000 pixels"));
}

BOOST_AUTO_TEST_CASE(save_grid_is_the_png_of_make_grid) {
    const scratch_folder folder;
    const array x = ramp({5, 4, 3, 3});
    save_image_grid(folder / "x.png", x, {.columns = 3});
    const array grid = make_image_grid(x, {.columns = 3}), read = load_png<array>(folder / "x.png");
    BOOST_TEST(read.shape() == grid.shape());
    BOOST_TEST(std::ranges::equal(read.values(), grid.values()));
}

BOOST_AUTO_TEST_CASE(an_error_names_the_file_and_the_shape) {
    const scratch_folder folder;
    const std::string wrong = message_of([&] { save_png(folder / "x.png", array{{2, 2, 4}}); });
    BOOST_TEST((mentions(wrong, "x.png") && mentions(wrong, "[2,2,4]")));
    BOOST_TEST(mentions(message_of([&] { save_image_grid(folder / "x.png", array{{2, 2, 4}}); }), "[N,H,W,1]"));
    BOOST_TEST(mentions(message_of([&] { save_png(folder / "x.png", array{}); }), "x.png"));
    BOOST_TEST(mentions(message_of([&] { make_image_grid(array{{0, 2, 2, 1}}); }), "[0,2,2,1]"));
    BOOST_TEST(mentions(message_of([&] { save_png(folder / "none/x.png", array{{2, 2, 1}}); }), "its folder must exist"));
    write_text(folder / "text.png", "this is not an image, but it is long enough for one");
    BOOST_TEST(mentions(message_of([&] { load_png<array>(folder / "text.png"); }), "not those of a PNG file"));
    BOOST_TEST(mentions(message_of([&] { load_png<array>(folder / "missing.png"); }), "No such file"));
}

BOOST_AUTO_TEST_CASE(a_header_that_announces_a_huge_image_costs_nothing) {
    const scratch_folder folder;
    save_png(folder / "x.png", ramp({4, 4, 1}));
    std::string bytes = read_text(folder / "x.png");
    bytes[17] = bytes[21] = '\x0f';                                                 // 983,044 x 983,044 pixels; the checksum of IHDR is stale too
    write_text(folder / "x.png", bytes);
    BOOST_TEST(mentions(message_of([&] { load_png<array>(folder / "x.png"); }), "cannot be in a file"));
    bytes.replace(16, 8, {"\0\0\x27\x11\0\0\x27\x10", 8});                         // 10,001 x 10,000, in a file that might hold them
    write_text(folder / "x.png", bytes + std::string(100'000, '\0'));
    BOOST_TEST(mentions(message_of([&] { load_png<array>(folder / "x.png"); }), "at most 100000000 were expected"));
    bytes.replace(16, 8, 8, '\0');
    write_text(folder / "x.png", bytes);
    BOOST_TEST(mentions(message_of([&] { load_png<array>(folder / "x.png"); }), "0 x 0 pixels"));
}

BOOST_AUTO_TEST_CASE(a_damaged_file_loads_or_is_refused) {
    const scratch_folder folder;
    save_png(folder / "good.png", ramp({8, 8, 3}));
    const std::string good = read_text(folder / "good.png");
    const auto report = load_damaged(good, 60, 3000, folder / "bad.png", [](const std::filesystem::path& path) { load_png<array>(path); });
    BOOST_TEST(report.other == 0, report.first_other);
    BOOST_TEST(report.refused > 1000);
}
