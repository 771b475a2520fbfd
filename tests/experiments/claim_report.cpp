// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of reports: a statement that is false, a guard that is passed, a number that was not measured must not pass.
#include <boost/test/unit_test.hpp>

#include <ncsn/arrays/files/atomic_file.hpp>

#include "../../experiments/support/claim_report.hpp"

#include <fstream>

using namespace ncsn;

/// A description in a folder that is gone at the end.
struct described {
    std::filesystem::path root = std::filesystem::temp_directory_path() / ("ncsn_claims_" + std::to_string(::getpid()));
    std::filesystem::path file = root / "ncsn" / "fig" / "figure.json";

    explicit described(const std::string& claims, const std::string& guards = "", const std::string& seeds = "1, 2, 3") {
        std::filesystem::create_directories(file.parent_path());
        save_text(root / "papers.json", R"({"ncsn": {"cite": "P", "title": "T"}})");
        save_text(file, R"({"paper": "ncsn", "number": "Figure 3", "shows": "S", "title": "T", "claim": "C", "setting": [], "program": "p",
            "presets": {"smoke": {"cost": "1 s"}, "short": "smoke", "paper": "smoke"}, "quantities": {"a.x": "A", "b.x": "B"}, "seeds": [)" + seeds +
                            R"(], "claims": [)" + claims + R"(], "guards": [)" + guards + "]}");
    }
    ~described() { std::filesystem::remove_all(root); }
    claim_report report(const std::string& preset = "smoke") const { return claim_report{description{file, preset}}; }
};

const std::string below = R"({"statement": "A below B", "paper": "w", "quantity": "a.x", "below": "b.x"})";
const std::string known = R"({"statement": "A is 5", "paper": "w", "quantity": "a.x", "is": 5, "fails": ["smoke"], "gap": "g"})";
const std::string near_one = R"({"quantity": "a.x", "near": 1, "tolerance": 0.1, "origin": "o"})";

void measure(claim_report& report, std::initializer_list<double> a, std::initializer_list<double> b) {
    for (const double value : a) report.measure("a.x", value);
    for (const double value : b) report.measure("b.x", value);
}

BOOST_AUTO_TEST_CASE(a_false_statement_fails_the_figure) {
    const described figure{below, near_one};
    claim_report good = figure.report(), bad = figure.report(), missing = figure.report(), one_seed = figure.report();
    measure(good, {0.99, 1, 1.01}, {2, 2.1, 1.9});
    measure(bad, {0.99, 1, 1.01}, {0.5, 0.6, 0.4});
    measure(missing, {0.99, 1, 1.01}, {});
    measure(one_seed, {1}, {2});
    BOOST_TEST(good.passed());
    BOOST_TEST(good.verdict() == "1 of 1 statements of the paper reproduced; 1 of 1 guards hold");
    BOOST_TEST(!bad.passed());
    BOOST_TEST(bad.verdict() == "0 of 1 statements of the paper reproduced (1 NOT); 1 of 1 guards hold");
    BOOST_TEST(!missing.passed());
    BOOST_TEST(one_seed.passed());                                                  // nothing is shown to be wrong,
    BOOST_TEST(one_seed.holding() == 0u);                                           // and nothing to be right
    BOOST_TEST(one_seed.verdict().find("1 not tested: one seed") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_guard_fails_the_run_and_reproduces_nothing) {
    const described figure{"", near_one};
    claim_report good = figure.report(), bad = figure.report();
    measure(good, {1}, {});
    measure(bad, {2}, {});
    BOOST_TEST(good.passed());
    BOOST_TEST(good.verdict() == "no statement of the paper is tested here; 1 of 1 guards hold");
    BOOST_TEST(!bad.passed());
    BOOST_TEST(!figure.report().passed());                                          // not measured
}

BOOST_AUTO_TEST_CASE(what_is_known_to_fail_does_not_count_and_does_not_hide) {
    const described figure{below + "," + known};
    claim_report report = figure.report();
    measure(report, {0.99, 1, 1.01}, {2, 2.1, 1.9});
    BOOST_TEST(report.passed());
    BOOST_TEST(report.holding() == 1u);
    BOOST_TEST(report.verdict() == "1 of 2 statements of the paper reproduced (1 not, as known); 0 of 0 guards hold");
    claim_report elsewhere = figure.report("paper");                                // the gap is said for smoke only
    measure(elsewhere, {0.99, 1, 1.01}, {2, 2.1, 1.9});
    BOOST_TEST(!elsewhere.passed());
}

// What needs weights that are not there: neither reproduced nor failed, and said with the reason, be it one quantity of a statement or the other.
BOOST_AUTO_TEST_CASE(what_is_not_evaluated_is_skipped_and_named) {
    const std::string above = R"({"statement": "B above A", "paper": "w", "quantity": "b.x", "above": "a.x"})";
    const std::string low = R"({"statement": "B below 9", "paper": "w", "quantity": "b.x", "below": 9})";
    const described figure{below + "," + above + "," + low, near_one};
    claim_report report = figure.report();
    report.not_evaluated("a.x", "needs weights");
    measure(report, {}, {2, 2.1, 1.9});
    BOOST_TEST(report.passed());
    BOOST_TEST(report.unevaluated() == 2u);
    BOOST_TEST(report.verdict() == "1 of 3 statements of the paper reproduced (2 not evaluated); 0 of 0 guards hold");
    BOOST_TEST(report.at("a.x").text() == "not evaluated");
    BOOST_TEST(report.gnuplot_variables().starts_with("a_x = \"not evaluated\"\n"));
    std::ostringstream table;
    report.print(table);
    BOOST_TEST(table.str().find("a.x below b.x: not evaluated, needs weights") != std::string::npos);
    BOOST_TEST(table.str().find("b.x above a.x: not evaluated, needs weights") != std::string::npos);
    report.save(figure.root / "claim.json", {{"preset", "smoke"}});
    std::ifstream saved{figure.root / "claim.json"};
    const auto json = nlohmann::json::parse(saved);
    BOOST_TEST(json["quantities"][0]["text"] == "not evaluated");
    BOOST_TEST(json["quantities"][0]["reason"] == "needs weights");
    BOOST_TEST(json["claims"][1]["verdict"] == "not evaluated");
    BOOST_TEST(json["guards"][0]["verdict"] == "not evaluated");
    BOOST_CHECK_THROW(report.not_evaluated("c.x", "needs weights"), error);
}

BOOST_AUTO_TEST_CASE(a_table_is_kept_and_printed) {
    const described figure{""};
    claim_report report = figure.report();
    report.table = {{"network", "FD"}, {"ours", "31 ± 2"}};
    report.save(figure.root / "claim.json", {{"preset", "smoke"}});
    std::ifstream saved{figure.root / "claim.json"};
    BOOST_TEST(nlohmann::json::parse(saved)["table"][1][1] == "31 ± 2");
    std::ostringstream text;
    report.print(text);
    BOOST_TEST(text.str().find("network  FD") != std::string::npos);
    BOOST_TEST(text.str().find("ours     31 ± 2") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(where_nothing_is_random_one_run_decides) {
    const described figure{below, "", ""};
    claim_report good = figure.report(), bad = figure.report();
    measure(good, {1}, {2});
    measure(bad, {2}, {1});
    BOOST_TEST(good.holding() == 1u);
    BOOST_TEST(!bad.passed());
}

BOOST_AUTO_TEST_CASE(shares_are_counted_over_the_seeds) {
    const described figure{R"({"statement": "A is 0.8", "paper": "w", "quantity": "a.x", "is": 0.8})"};
    claim_report report = figure.report();
    report.measure_share("a.x", 75, 100);
    report.measure_share("a.x", 79, 100);
    BOOST_TEST(report.at("a.x").trials == 200u);
    BOOST_TEST(report.at("a.x").mean() == 0.77, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(report.holding() == 1u);
    for (int i = 0; i < 10; ++i) report.measure_share("a.x", 75, 100);
    BOOST_TEST(report.holding() == 0u);
    BOOST_CHECK_THROW(report.measure_share("a.x", 2, 1), error);
    BOOST_CHECK_THROW(report.measure_share("a.x", 0, 0), error);
}

BOOST_AUTO_TEST_CASE(parts_that_were_not_asked_for_are_left_out) {
    const described figure{below, near_one};
    claim_report report = figure.report();
    report.leave_out("b.");
    measure(report, {1, 1, 1}, {});
    BOOST_TEST(report.passed());
    BOOST_CHECK_THROW(report.measure("c.x", 1), error);
    BOOST_CHECK_THROW(report.at("c.x"), error);
}

BOOST_AUTO_TEST_CASE(the_saved_file_holds_every_seed_and_every_verdict) {
    const described figure{below + "," + known, near_one};
    claim_report report = figure.report();
    measure(report, {0.99, 1, 1.01}, {2, 2.1, 1.9});
    report.save(figure.root / "claim.json", {{"preset", "smoke"}});
    std::ifstream saved{figure.root / "claim.json"};
    const auto json = nlohmann::json::parse(saved);
    BOOST_TEST(json["passed"] == true);
    BOOST_TEST(json["id"] == "fig");
    BOOST_TEST(json["figure"] == "P, Figure 3: S");
    BOOST_TEST(json["settings"]["preset"] == "smoke");
    BOOST_TEST(json["quantities"][0]["seeds"].size() == 3u);
    BOOST_TEST(json["quantities"][1]["seeds"][1] == 2.1);
    BOOST_TEST(json["claims"][0]["verdict"] == "holds");
    BOOST_TEST(json["claims"][0]["level"] == 0.05);
    BOOST_TEST(json["claims"][1]["verdict"] == "fails, as known");
    BOOST_TEST(json["claims"][1]["gap"] == "g");
    BOOST_TEST(json["guards"][0]["verdict"] == "holds");
    BOOST_TEST(json["verdict"] == report.verdict());
}

BOOST_AUTO_TEST_CASE(the_table_ends_with_the_verdict_and_names_what_failed) {
    const described figure{below, near_one};
    claim_report report = figure.report();
    measure(report, {1.99, 2, 2.01}, {1, 1.1, 0.9});
    std::ostringstream table;
    report.print(table);
    const std::string text = table.str();
    BOOST_TEST(text.find("claim:   C") < text.find("2.000 ± 0.006"));
    BOOST_TEST(text.find("verdict: 0 of 1 statements of the paper reproduced (1 NOT); 0 of 1 guards hold") != std::string::npos);
    BOOST_TEST(text.find("a.x below b.x: FAILS") != std::string::npos);
    BOOST_TEST(text.find("a.x: 2.000 ± 0.006, expected 1.000 ± 0.100 (o)") != std::string::npos);
    BOOST_TEST(report.gnuplot_variables() == "a_x = \"2.000 ± 0.006\"\nb_x = \"1.000 ± 0.058\"\n");
}
