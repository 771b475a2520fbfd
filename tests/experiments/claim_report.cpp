// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of claims: a number that is not as expected must not pass.
#define BOOST_TEST_MODULE claim_report
#include <boost/test/unit_test.hpp>

#include "../../experiments/claim_report.hpp"

using namespace ncsn;

/// A file of expected values that is gone at the end.
struct expected_file {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("ncsn_claim_" + std::to_string(::getpid()) + ".json");

    explicit expected_file(const std::string& claims) { save_text(path, R"({"figure": "F", "claim": "C", "claims": [)" + claims + "]}"); }
    ~expected_file() { std::filesystem::remove(path); }
    claim_report report() const { return claim_report{path}; }
};

const std::string near_one = R"({"name": "a.x", "statement": "s", "paper": "1", "relation": "near", "expected": 1, "tolerance": 0.1, "origin": "o"})";
const std::string below_two = R"({"name": "b.x", "statement": "s", "paper": "-", "relation": "below", "expected": 2, "origin": "o", "gap": "g"})";
const std::string above_three = R"({"name": "c.x", "statement": "s", "paper": "-", "relation": "above", "expected": 3, "origin": "o"})";

bool passes(const std::string& expected, std::initializer_list<double> values) {
    const expected_file file{expected};
    claim_report report = file.report();
    for (const double value : values) report.measure(expected.substr(10, 3), value);
    return report.passed();
}

BOOST_AUTO_TEST_CASE(the_mean_over_seeds_is_held_against_the_expected_value) {
    BOOST_TEST(passes(near_one, {0.95, 1.04}));
    BOOST_TEST(passes(near_one, {0.5, 1.5}));
    BOOST_TEST(!passes(near_one, {1.05, 1.25}));
    BOOST_TEST(!passes(near_one, {0.85}));
    BOOST_TEST(passes(below_two, {1.9}));
    BOOST_TEST(!passes(below_two, {2.1}));
    BOOST_TEST(passes(above_three, {3.1}));
    BOOST_TEST(!passes(above_three, {2.9}));
}

BOOST_AUTO_TEST_CASE(what_was_not_measured_or_is_no_number_does_not_pass) {
    const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
    for (const auto& expected : {near_one, below_two, above_three}) {
        BOOST_TEST(!passes(expected, {}));
        BOOST_TEST(!passes(expected, {nan}));
    }
    BOOST_TEST(!passes(near_one, {infinity}));
    BOOST_TEST(!passes(below_two, {infinity}));
}

BOOST_AUTO_TEST_CASE(a_file_like_another_one_says_only_what_differs) {
    const expected_file base{near_one + "," + below_two};
    const auto like = [&](const std::string& changes) {
        const std::filesystem::path path = base.path.string() + ".like.json";
        save_text(path, R"({"figure": "G", "like": ")" + base.path.filename().string() + R"(", "claims": [)" + changes + "]}");
        const claim_report report{path};
        std::filesystem::remove(path);
        return report;
    };
    const claim_report report = like(R"({"name": "b.x", "expected": 5, "paper": "p"})");
    BOOST_TEST(report.at("b.x").expected == 5);
    BOOST_TEST(report.at("b.x").paper == "p");
    BOOST_TEST(report.at("b.x").gap == "g");
    BOOST_TEST(report.at("a.x").expected == 1);
    BOOST_CHECK_THROW(like(R"({"name": "c.x", "expected": 5})"), error);
}

BOOST_AUTO_TEST_CASE(one_wrong_number_fails_the_figure) {
    const expected_file file{near_one + "," + below_two + "," + above_three};
    claim_report report = file.report();
    report.measure("a.x", 1);
    report.measure("b.x", 1);
    BOOST_TEST(!report.passed());                                                   // c.x is missing
    report.measure("c.x", 4);
    BOOST_TEST(report.passed());
    report.measure("b.x", 4);                                                       // mean 2.5
    BOOST_TEST(!report.passed());
    report.leave_out("b.");
    BOOST_TEST(report.passed());
    report.leave_out("");
    BOOST_TEST(!report.passed());                                                   // nothing left is nothing shown
}

BOOST_AUTO_TEST_CASE(the_uncertainty_is_the_standard_error_of_the_mean) {
    claim c;
    c.measured = {1, 2, 3};
    BOOST_TEST(c.mean() == 2);
    BOOST_TEST(c.uncertainty() == std::sqrt(1 / 3.), boost::test_tools::tolerance(1e-15));
    c.measured = {1};
    BOOST_TEST(std::isnan(c.uncertainty()));
}

BOOST_AUTO_TEST_CASE(the_saved_file_holds_numbers_and_verdicts) {
    const expected_file file{near_one + "," + below_two};
    claim_report report = file.report();
    for (const double value : {0.9, 1.0, 1.1}) report.measure("a.x", value);
    report.measure("b.x", 5);
    const expected_file out{""};
    report.save(out.path, {{"seeds", {1, 2, 3}}});
    std::ifstream saved{out.path};
    const auto json = nlohmann::json::parse(saved);
    BOOST_TEST(json["passed"] == false);
    BOOST_TEST(json["settings"]["seeds"].size() == 3u);
    BOOST_TEST(json["claims"][0]["verdict"] == "holds");
    BOOST_TEST(std::abs(json["claims"][0]["mean"].get<double>() - 1) < 1e-12);
    BOOST_TEST(json["claims"][0]["tolerance"] == 0.1);
    BOOST_TEST(json["claims"][1]["verdict"] == "FAILS");
    BOOST_TEST(json["claims"][1]["uncertainty"].is_null());
    BOOST_TEST(json["claims"][1]["gap"] == "g");
}

BOOST_AUTO_TEST_CASE(the_table_ends_with_the_verdict_and_names_what_failed) {
    const expected_file file{near_one + "," + below_two};
    claim_report report = file.report();
    report.measure("a.x", 1);
    report.measure("b.x", 5);
    std::ostringstream table;
    report.print(table);
    const std::string text = table.str();
    BOOST_TEST(text.find("claim:   C") < text.find("1.000 ± 0.100"));
    BOOST_TEST(text.find("verdict: NOT reproduced, 1 of 2") < text.find("b.x: 5.000, expected at most 2.000"));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_decide_anything_is_refused) {
    const auto refused = [](const std::string& claims) {
        const expected_file file{claims};
        try {
            file.report();
        } catch (const error&) {
            return true;
        }
        return false;
    };
    BOOST_TEST(refused(""));
    BOOST_TEST(refused("{}"));
    BOOST_TEST(refused("["));
    BOOST_TEST(refused(near_one + "," + near_one));
    BOOST_TEST(refused(R"({"name": "a", "statement": "s", "paper": "1", "relation": "like", "expected": 1, "origin": "o"})"));
    BOOST_TEST(refused(R"({"name": "a", "statement": "s", "paper": "1", "relation": "near", "expected": 1, "origin": "o"})"));
    BOOST_TEST(refused(R"({"name": "a", "statement": "s", "paper": "1", "relation": "near", "expected": 1, "tolerance": -1, "origin": "o"})"));
    BOOST_TEST(!refused(near_one));
    BOOST_CHECK_THROW(claim_report{"nowhere.json"}, error);
    const expected_file file{near_one};
    claim_report report = file.report();
    BOOST_CHECK_THROW(report.measure("unknown", 1), error);
}

BOOST_AUTO_TEST_CASE(a_claim_of_other_presets_is_neither_asked_for_nor_in_the_way) {
    const std::string long_run =
        R"({"name": "d.x", "statement": "s", "paper": "1", "relation": "above", "expected": 1, "origin": "o", "presets": ["paper"]})";
    const expected_file file{near_one + "," + long_run};
    claim_report smoke{file.path, "smoke"}, paper{file.path, "paper"};
    for (claim_report* report : {&smoke, &paper}) {
        report->measure("a.x", 1);
        BOOST_TEST(report->passed() == (report == &smoke));                         // d.x is missing where it counts
        report->measure("d.x", 0);                                                  // too small where it counts, ignored elsewhere
        BOOST_TEST(report->passed() == (report == &smoke));
    }
    BOOST_CHECK_THROW(smoke.measure("e.x", 0), error);
}
BOOST_AUTO_TEST_CASE(the_table_in_markdown_keeps_its_columns) {
    const expected_file file{R"({"name": "a.x", "statement": "|s|", "paper": "1", "relation": "above", "expected": 1, "origin": "o", "gap": "g"})"};
    claim_report report = file.report();
    report.measure("a.x", 2);
    BOOST_TEST(report.markdown().ends_with("| \\|s\\| | 1 | at least 1.000 | 2.000 | holds | g |\n"));
}
