// SPDX-License-Identifier: Apache-2.0
/// \file  Images are told apart by their first bytes; their size is known from the header.
#include "../../support/files.hpp"
#include "../../support/jpeg.hpp"

#include <ncsn/arrays/files/image_file.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;

BOOST_AUTO_TEST_CASE(the_content_decides_not_the_name) {
    const scratch_folder folder;
    const auto x = picture(5, 8, 3), grey = picture(9, 4, 1);
    save_png(folder / "a.jpg", fractions<array>(x));
    write_text(folder / "b.png", jpeg_of(grey));
    const auto png = load_image(folder / "a.jpg");
    BOOST_TEST(png.shape() == x.shape());
    BOOST_TEST(std::ranges::equal(png.values(), x.values()));
    BOOST_TEST(load_image(folder / "b.png").shape() == grey.shape());
    BOOST_TEST(load_image_size(folder / "a.jpg") == (image_size{5, 8, 3}));
    BOOST_TEST(load_image_size(folder / "b.png") == (image_size{9, 4, 1}));
}

BOOST_AUTO_TEST_CASE(what_is_neither_is_refused) {
    const scratch_folder folder;
    for (const char* content : {"", "x", "GIF89a and more bytes than a signature has", "\xff\xd8"}) {
        write_text(folder / "x.png", content);
        for (const auto& message : {message_of([&] { load_image(folder / "x.png"); }), message_of([&] { load_image_size(folder / "x.png"); })})
            BOOST_TEST(message.find("x.png\": neither PNG nor JPEG") != std::string::npos, message);
    }
    write_text(folder / "x.png", "\x89PNG\r\n\x1a\n and no header");
    BOOST_TEST(message_of([&] { load_image_size(folder / "x.png"); }).find("not those of a PNG file") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(names_of_images_end_in_small_or_capital_letters) {
    for (const char* name : {"a.png", "b.PNG", "c.jpg", "d.JPG", "e.jpeg", "f.Jpeg", "folder.d/g.png"}) BOOST_TEST(is_image_name(name), name);
    for (const char* name : {"png", "a.png.txt", "a.gif", ".hidden.png", "._a.jpg", "a.png/b", ""}) BOOST_TEST(!is_image_name(name), name);
}

BOOST_AUTO_TEST_CASE(a_fraction_is_the_byte_over_255) {
    for (int byte = 0; byte < 256; ++byte)
        BOOST_TEST(fractions<array>(image_bytes{{1, 1, 1}, static_cast<std::uint8_t>(byte)})[0] == static_cast<float>(byte) / 255.f);
}
