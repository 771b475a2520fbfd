// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of reading files.
#include "../../support/files.hpp"

#include <ncsn/arrays/files/read_file.hpp>

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(all_bytes_come_back) {
    const scratch_folder folder;
    std::string content;
    for (int i = 0; i < 100'000; ++i) content += static_cast<char>(i % 251);
    write_text(folder / "a", content);
    const auto bytes = read_file(folder / "a");
    BOOST_TEST((std::string(bytes.begin(), bytes.end()) == content));
    write_text(folder / "empty", "");
    BOOST_TEST(read_file(folder / "empty").empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_regular_file_is_refused_with_its_name_and_the_hint) {
    const scratch_folder folder;
    const std::string missing = message_of([&] { read_file(folder / "missing", "run data/fetch"); });
    BOOST_TEST(missing.find("missing") != std::string::npos);
    BOOST_TEST(missing.find("No such file") != std::string::npos);
    BOOST_TEST(missing.find("run data/fetch") != std::string::npos);
    BOOST_TEST(message_of([&] { read_file(folder.path); }).find("folder") != std::string::npos);
    BOOST_TEST(message_of([&] { read_file("/dev/zero"); }).find("not a regular file") != std::string::npos);
    mkfifo((folder / "pipe").c_str(), 0600);
    BOOST_TEST(message_of([&] { read_file(folder / "pipe"); }).find("not a regular file") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_open_file_is_read_at_any_place_and_not_beyond_its_end) {
    const scratch_folder folder;
    write_text(folder / "a", "0123456789");
    input_file file{folder / "a"};
    char two[2];
    file.read(4, two, 2);
    BOOST_TEST((std::string(two, 2) == "45"));
    BOOST_TEST(file.size() == 10u);
    input_file moved = std::move(file);
    moved.read(8, two, 2);
    BOOST_TEST((std::string(two, 2) == "89"));
    BOOST_TEST(message_of([&] { moved.read(9, two, 2); }).find("ended after 10 of 10 bytes") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(numbers_are_read_in_the_stated_order_and_products_do_not_wrap) {
    const std::uint8_t bytes[]{1, 2, 3, 4};
    BOOST_TEST(little_endian<std::uint32_t>(bytes) == 0x04030201u);
    BOOST_TEST(big_endian(bytes) == 0x01020304u);
    std::uint64_t product = 0;
    BOOST_TEST((multiplied(3, 5, product) && product == 15));
    BOOST_TEST(!multiplied(std::uint64_t{1} << 32, std::uint64_t{1} << 32, product));
}
