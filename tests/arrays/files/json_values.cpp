// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of JSON from outside: its limits, and its numbers.
#include "../../support/files.hpp"

#include <ncsn/arrays/files/json_values.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>

using namespace ncsn;

namespace {

std::string refusal(const std::string& text) { return message_of([&] { parse_json(text, "x.json"); }); }
template <class T> std::string refused(const char* text) {
    return message_of([&] { (void)number_of<T>(nlohmann::json::parse(text), "x.json", "n"); });
}

}  // namespace

BOOST_AUTO_TEST_CASE(numbers_are_what_they_should_be) {
    const auto value = [](const char* text) { return nlohmann::json::parse(text); };
    BOOST_TEST(number_of<std::size_t>(value("18446744073709551615"), "x", "n") == ~std::size_t{0});
    BOOST_TEST(number_of<int>(value("-7"), "x", "n") == -7);
    BOOST_TEST(number_of<std::size_t>(value("4096"), "x", "n", 1, 4096) == 4096u);
    BOOST_TEST(number_of<double>(value("3"), "x", "n") == 3.0);
    BOOST_TEST(number_of<double>(value("1e300"), "x", "n") == 1e300);
    const std::vector<int> list{1, -2, 3};
    BOOST_TEST(numbers_of<int>(value("[1, -2, 3]"), "x", "n") == list, boost::test_tools::per_element());
    for (const char* text : {"[1, 2.5]", "[1, \"2\"]", "[[1]]", "3", "{}", "[1, null]", "[4294967296]"})
        BOOST_TEST(message_of([&] { (void)numbers_of<int>(value(text), "x.json", "n"); }).starts_with("x.json: \"n\" is "), text);
}

BOOST_AUTO_TEST_CASE(what_a_cast_would_change_is_refused) {
    for (const char* text : {"-1", "1e300", "1.5", "1.0", "true", "null", "\"3\"", "[3]", "{}", "18446744073709551616"})
        BOOST_TEST(refused<std::size_t>(text).starts_with("x.json: \"n\" is "), text);
    for (const char* text : {"2147483648", "-2147483649", "18446744073709551615"})
        BOOST_TEST(refused<int>(text).starts_with("x.json: \"n\" is "), text);
    for (const char* text : {"true", "null", "\"3\"", "[]"}) BOOST_TEST(refused<double>(text).starts_with("x.json: \"n\" is "), text);
    BOOST_TEST(message_of([] { (void)number_of<std::size_t>(nlohmann::json(4097), "x.json", "levels", 1, 4096); }) ==
               "x.json: \"levels\" is 4097; an integer from 1 to 4096 was expected");
    BOOST_TEST(message_of([] { (void)number_of<double>(nlohmann::json(std::nan("")), "x", "n"); }).starts_with("x: \"n\" is "));
}

BOOST_AUTO_TEST_CASE(limits_come_before_the_cost) {
    const auto begin = std::chrono::steady_clock::now();
    BOOST_TEST(refusal(std::string(1'000'000, '[')).find("at most 65536") != std::string::npos);
    BOOST_TEST(refusal(std::string(60'000, '[')).find("nested more than 64 deep") != std::string::npos);
    std::string objects;
    for (int i = 0; i < 10'000; ++i) objects += "{\"\":";
    BOOST_TEST(refusal(objects).find("nested more than 64 deep") != std::string::npos);
    BOOST_TEST(refusal("{\"a\":").starts_with("x.json is not valid JSON"));
    BOOST_TEST(parse_json<nlohmann::json>('"' + std::string(100'000, 'a') + '"', "x", 1 << 20).is_string());
    BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds{1}));
    BOOST_TEST(parse_json(std::string(64, '[') + std::string(64, ']'), "x").is_array());
    BOOST_TEST((parse_json("{\"a\\\"[[\": \"" + std::string(100, '{') + "\"}", "x").size() == 1));   // brackets of a text do not count
}
