// SPDX-License-Identifier: Apache-2.0
/// \file  Options of programs: what is given, what is chosen, which of several values counts, and what there cannot be.
#include "../../experiments/options.hpp"

#include <ncsn/arithmetic/error.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;

namespace {

/// What a command line of these words makes of options.
std::optional<int> told(program_options& options, std::vector<std::string> words) {
    words.insert(words.begin(), "program");
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    return options.parse_or_say(static_cast<int>(arguments.size()), arguments.data());
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_not_given_keeps_its_value_and_of_several_the_last_counts) {
    std::size_t count = 3;
    double rate = 0.5;
    std::string name = "own";
    std::optional<std::uint64_t> seed;
    std::vector<std::size_t> list{7};
    std::vector<std::string> each;
    bool flip = false, force = true;
    const auto read = [&](const std::vector<std::string>& words) {
        program_options options;
        options.add("--count", count, "");
        options.add("--rate", rate, "");
        options.add("--name", name, "");
        options.add("--seed", seed, "");
        options.add("--list", list, "").list();
        options.add("--each", each, "").each_time();
        options.flag("-f,--flip", flip, "");
        options.flag("--force,!--no-force", force, "");
        BOOST_TEST(!told(options, words).has_value());
        BOOST_TEST(options.has("--rate"));
        BOOST_TEST(!options.has("--speed"));
        return options.given("--count");
    };
    BOOST_TEST(!read({}));
    BOOST_TEST((count == 3 && rate == 0.5 && name == "own" && !seed && list == std::vector<std::size_t>{7} && !flip && force));
    BOOST_TEST(read({"--count", "4", "--count", "5", "--rate=0.25", "--list", "1,2", "--each", "a", "--each", "b", "--flip", "--no-force", "--seed",
                     "9"}));
    BOOST_TEST((count == 5 && rate == 0.25 && seed == 9 && list == std::vector<std::size_t>{1, 2} && each == std::vector<std::string>{"a", "b"}));
    BOOST_TEST((flip && !force));
    const std::vector<std::vector<std::string>> lists_given_twice{{"--list", "1,2", "--list", "3"},
                                                                  {"--list=1,2", "--count", "5", "--list=3"},
                                                                  {"--list", "1", "2", "--flip", "--list", "3"},
                                                                  {"--list", "4", "--list=5", "--list", "3", "--flip"}};
    flip = false;
    read({"--list", "1", "2", "-f", "--list", "3"});
    BOOST_TEST(flip);                                                               // a list that does not count ends at the next option
    for (const auto& words : lists_given_twice) {
        list = {7};
        read(words);
        BOOST_TEST(list == std::vector<std::size_t>{3}, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(values_that_are_none_are_refused) {
    const auto refused = [](const std::vector<std::string>& words) {
        program_options options;
        std::size_t count = 3, other = 0;
        int threads = 0;
        double rate = 0.5;
        std::string kind = "a";
        const program_option one = options.add("--count", count, "");
        options.add("--other", other, "").excludes(one);
        options.add("--threads", threads, "");
        options.add("--rate", rate, "").above_zero();
        options.add("--kind", kind, "").one_of({"a", "b"});
        const auto status = told(options, words);
        return status.has_value() && *status != 0;
    };
    BOOST_TEST(!refused({"--count", "4", "--rate", "1e-3", "--kind", "b", "--threads", "2"}));
    for (const char* number : {"-1", "1.5", "1e3", "18446744073709551616", "", "x"}) BOOST_TEST(refused({"--count", number}), number);
    for (const char* number : {"-1", "1.5", "99999999999"}) BOOST_TEST(refused({"--threads", number}), number);
    for (const char* number : {"0", "-1", "nan", "inf", "1e999", "x"}) BOOST_TEST(refused({"--rate", number}), number);
    BOOST_TEST(refused({"--kind", "c"}));
    BOOST_TEST(refused({"--count", "1", "--other", "2"}));
    BOOST_TEST(refused({"--speed", "1"}));
    BOOST_TEST(refused({"alone"}));
}

BOOST_AUTO_TEST_CASE(a_program_with_commands_wants_one_and_what_all_can_be_told_may_stand_behind_it) {
    const auto chosen = [](const std::vector<std::string>& words) {
        program_options options{"", "program"};
        std::size_t threads = 0, size = 0;
        std::string from;
        options.add("--threads", threads, "");
        program_options &cut = options.command("cut", ""), &paste = options.command("paste", "");
        cut.add("--size", size, "");
        paste.add("--from", from, "").required();
        if (told(options, words)) return std::string{"none"};
        return (cut.chosen() ? "cut " : "") + std::string{paste.chosen() ? "paste " : ""} + std::to_string(threads + size);
    };
    BOOST_TEST(chosen({}) == "none");
    BOOST_TEST(chosen({"cut", "--size", "2", "--threads", "3"}) == "cut 5");
    BOOST_TEST(chosen({"--threads", "3", "paste", "--from", "x"}) == "paste 3");
    BOOST_TEST(chosen({"paste"}) == "none");
    BOOST_TEST(chosen({"paste", "--from", "x", "--size", "1"}) == "none");
    BOOST_TEST(chosen({"cut", "--size", "x"}) == "none");
}

BOOST_AUTO_TEST_CASE(an_option_that_there_cannot_be_is_an_error_of_ours_and_unknown_ones_may_be_left) {
    program_options options;
    std::string value;
    BOOST_CHECK_THROW(options.add("--a b", value, ""), error);
    options.add("--same", value, "");
    BOOST_CHECK_THROW(options.add("--same", value, ""), error);
    std::vector<std::string> words{"program", "--unknown", "1", "--same", "x"};
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    options.parse(static_cast<int>(arguments.size()), arguments.data(), program_options::unknown_options::left);
    BOOST_TEST(value == "x");
}
