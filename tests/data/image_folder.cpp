// SPDX-License-Identifier: Apache-2.0
/// \file  Folders of images.
#include "../support/files.hpp"
#include "../support/jpeg.hpp"

#include <ncsn/data/image_folder.hpp>

#include <boost/test/unit_test.hpp>

#include <array>

using namespace ncsn;
using array = tensor<float, cpu>;
namespace fs = std::filesystem;

namespace {

void put_png(const fs::path& path, const image_bytes& x) {
    fs::create_directories(path.parent_path());
    save_png(path, fractions<array>(x));
}
void put_jpeg(const fs::path& path, const image_bytes& x) {
    fs::create_directories(path.parent_path());
    write_text(path, jpeg_of(x));
}
std::vector<std::string> names(const fs::path& folder) {
    std::vector<std::string> found;
    for (const auto& file : image_files(folder)) found.push_back(file.lexically_relative(folder).generic_string());
    return found;
}
bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
std::string refusal(const fs::path& folder, const image_preparation& how = {}) {
    return message_of([&] { image_folder<array>{folder, how}; });
}

}  // namespace

BOOST_AUTO_TEST_CASE(files_come_in_the_order_of_their_bytes_from_all_folders_below) {
    const scratch_folder folder;
    for (const char* name : {"b.png", "a/10.JPG", "a/9.jpeg", "B.PNG", "a/b/1.png", "\xc3\xa9.png", "a.png"})
        put_png(folder / name, picture(2, 2, 1));
    write_text(folder / "list.txt", "no image");
    put_png(folder / ".hidden.png", picture(2, 2, 1));
    put_png(folder / ".thumbnails/a.png", picture(2, 2, 1));
    fs::create_directory(folder / "folder.png");
    fs::create_symlink("nowhere", folder / "gone.png");
    fs::create_directory_symlink(folder.path, folder / "again");
    fs::create_symlink(folder / "b.png", folder / "c.png");
    BOOST_TEST(names(folder.path) ==
               (std::vector<std::string>{"B.PNG", "a.png", "a/10.JPG", "a/9.jpeg", "a/b/1.png", "b.png", "c.png", "\xc3\xa9.png"}));
}

BOOST_AUTO_TEST_CASE(a_batch_holds_the_decoded_images) {
    const scratch_folder folder;
    for (std::size_t i = 0; i < 3; ++i) put_png(folder / (std::to_string(i) + ".png"), picture(4, 6, 3, i));
    put_jpeg(folder / "3.jpg", picture(4, 6, 3, 3));
    const image_folder<array> data{folder.path};
    BOOST_TEST(data.size() == 4u);
    BOOST_TEST(data.shape() == (shape{1, 4, 6, 3}));
    const std::size_t rows[]{3, 1};
    const auto bytes = data.bytes(rows);
    const array x = data.batch(rows);
    const auto last = load_image(folder / "3.jpg"), second = picture(4, 6, 3, 1);
    BOOST_TEST(x.shape() == (shape{2, 4, 6, 3}));
    BOOST_TEST(std::ranges::equal(bytes.values().first(72), last.values()));
    BOOST_TEST(std::ranges::equal(bytes.values().last(72), second.values()));
    for (std::size_t i = 0; i < x.size(); ++i) BOOST_TEST(x[i] == static_cast<float>(bytes[i]) / 255.f);
    BOOST_TEST(mentions(message_of([&] { data.batch(std::array<std::size_t, 1>{4}); }), "image 4 of 4"));
}

BOOST_AUTO_TEST_CASE(grey_images_beside_one_in_colour_have_three_equal_channels) {
    const scratch_folder folder;
    put_png(folder / "a.png", picture(2, 3, 1));
    BOOST_TEST(image_folder<array>{folder.path}.shape() == (shape{1, 2, 3, 1}));
    put_png(folder / "z.png", picture(2, 3, 3));
    const image_folder<array> mixed{folder.path};
    BOOST_TEST(mixed.shape() == (shape{1, 2, 3, 3}));
    const auto x = mixed.bytes(std::array<std::size_t, 1>{0}), grey = picture(2, 3, 1);
    for (std::size_t i = 0; i < x.size(); ++i) BOOST_TEST(x[i] == grey[i / 3]);
}

BOOST_AUTO_TEST_CASE(two_sizes_are_refused_by_name_unless_a_preparation_makes_them_one) {
    const scratch_folder folder;
    put_png(folder / "a.png", picture(20, 30, 3));
    put_jpeg(folder / "b/c.jpg", picture(24, 20, 1));
    const std::string message = refusal(folder.path);
    BOOST_TEST((mentions(message, "a.png\" has 30 x 20 pixels") && mentions(message, "c.jpg\" has 20 x 24") && mentions(message, "prepare --from")),
               message);
    const image_folder<array> data{folder.path, {.centre_square = true, .size = 8}};
    BOOST_TEST(data.shape() == (shape{1, 8, 8, 3}));
    const auto expected = image_preparation{.centre_square = true, .size = 8}(picture(20, 30, 3));
    BOOST_TEST(std::ranges::equal(data.bytes(std::array<std::size_t, 1>{0}).values(), expected.values()));
    const std::string outside = refusal(folder.path, {.area = image_area{0, 0, 30, 20}});
    BOOST_TEST((mentions(outside, "b/c.jpg") && mentions(outside, "is not inside 20 x 24")), outside);
}

BOOST_AUTO_TEST_CASE(an_empty_folder_a_missing_one_and_damaged_files_are_named) {
    const scratch_folder folder;
    BOOST_TEST(mentions(refusal(folder.path), "there are none"));
    BOOST_TEST(mentions(refusal(folder / "missing"), "No such file"));
    put_png(folder / "a.png", picture(4, 4, 1));
    write_text(folder / "b.jpg", "no image");
    BOOST_TEST((mentions(refusal(folder.path), "b.jpg") && mentions(refusal(folder.path), "neither PNG nor JPEG")));
    const std::string whole = jpeg_of(picture(4, 4, 1));
    write_text(folder / "b.jpg", whole.substr(0, whole.size() - 20));               // its header is well
    const image_folder<array> data{folder.path};
    data.batch(std::array<std::size_t, 1>{0});
    const std::string damaged = message_of([&] { data.batch(std::array<std::size_t, 1>{1}); });
    BOOST_TEST((mentions(damaged, "b.jpg") && mentions(damaged, "incomplete or damaged")), damaged);
    put_png(folder / "a.png", picture(5, 4, 1));
    BOOST_TEST(mentions(message_of([&] { data.batch(std::array<std::size_t, 1>{0}); }), "leave its images alone"));
}

static_assert(Dataset<image_folder<array>>);
