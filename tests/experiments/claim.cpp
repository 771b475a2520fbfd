// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of claims: a statement of a paper that is false fails, and a guard is nothing but a bound.
#include <boost/test/unit_test.hpp>

#include "../../experiments/support/claim.hpp"

using namespace ncsn;

claim about_a(const std::string& relation, double expected) {
    return {.statement = "s", .paper = "p", .relation = relation, .quantity = "a", .other = "", .expected = expected, .gap = ""};
}
measurement measured(std::vector<double> values) { return {.name = "a", .statement = "s", .values = std::move(values)}; }

BOOST_AUTO_TEST_CASE(a_comparison_has_to_be_significant) {
    claim below = about_a("below", 0);
    below.other = "b";
    const auto verdict = [&](std::vector<double> a, const std::vector<double>& b) { return below.test(measured(std::move(a)), b, true).verdict; };
    BOOST_TEST(verdict({1, 1.1, 0.9}, {2, 2.2, 2.1}) == outcome::holds);
    BOOST_TEST(verdict({2, 2.2, 2.1}, {1, 1.1, 0.9}) == outcome::fails);             // the other way round
    BOOST_TEST(verdict({1, 3, 2}, {2, 1, 4}) == outcome::fails);                     // no difference that three seeds could show
    BOOST_TEST(verdict({1, 5, 9}, {2, 6.2, 10.1}) == outcome::holds);                // seed by seed: what seeds share does not count
    BOOST_TEST(verdict({1}, {2}) == outcome::untested);
    BOOST_TEST(verdict({}, {}) == outcome::unmeasured);
    BOOST_TEST(verdict({1, 2, 3}, {1, 2}) == outcome::unmeasured);
    BOOST_TEST(verdict({1, 2, std::nan("")}, {2, 3, 4}) == outcome::fails);
    BOOST_TEST((below.test(measured({1}), {2}, false).verdict == outcome::holds));   // nothing is random: one run decides
}

BOOST_AUTO_TEST_CASE(the_probability_is_students) {
    const outcome found = about_a("above", 1).test(measured({1.5, 2, 2.5}), {}, true);
    BOOST_TEST(found.p == 0.5 - std::sqrt(12.0) / 2 / std::sqrt(2 + 12.0), boost::test_tools::tolerance(1e-10));  // t = 1/(0.5/√3), 2 degrees
    BOOST_TEST(found.test == "t, 2 degrees of freedom");
    BOOST_TEST(found.verdict == outcome::holds);
    claim strict = about_a("above", 1);
    strict.level = 0.01;
    BOOST_TEST(strict.test(measured({1.5, 2, 2.5}), {}, true).verdict == outcome::fails);
}

BOOST_AUTO_TEST_CASE(a_printed_number_has_the_papers_own_uncertainty) {
    claim is = about_a("is", 1);
    const auto verdict = [&](std::vector<double> a, bool random = true) { return is.test(measured(std::move(a)), {}, random).verdict; };
    BOOST_TEST(verdict({1.01, 0.98, 1.02}) == outcome::holds);
    BOOST_TEST(verdict({1.21, 1.2, 1.22}) == outcome::fails);
    is.uncertainty = 0.2;
    BOOST_TEST(verdict({1.21, 1.2, 1.22}) == outcome::holds);
    is.uncertainty = 0, is.print = 0.25;
    BOOST_TEST(verdict({1.21, 1.2, 1.22}) == outcome::holds);
    BOOST_TEST(verdict({1.31, 1.3, 1.32}) == outcome::fails);
    BOOST_TEST(verdict({1.24}, false) == outcome::holds);
    BOOST_TEST(verdict({1.26}, false) == outcome::fails);
    is.print = 0;
    BOOST_TEST(verdict({1, 1, 1}) == outcome::holds);                                // no scatter: exactly
    BOOST_TEST(verdict({2, 2, 2}) == outcome::fails);
    BOOST_TEST(about_a("differs", 1).test(measured({1.21, 1.2, 1.22}), {}, true).verdict == outcome::holds);
    BOOST_TEST(about_a("differs", 1).test(measured({1, 1, 1}), {}, true).verdict == outcome::fails);
}

BOOST_AUTO_TEST_CASE(shares_of_trials_are_tested_exactly) {
    measurement share = measured({0.78, 0.79});
    share.successes = 1570, share.trials = 2000;
    const outcome is = about_a("is", 0.8).test(share, {}, true), differs = about_a("differs", 0.5).test(share, {}, true);
    BOOST_TEST(is.test == "binomial, 2000 trials");
    BOOST_TEST(is.p == binomial_p_value(1570, 2000, 0.8));
    BOOST_TEST(is.verdict == outcome::holds);
    BOOST_TEST(differs.verdict == outcome::holds);
    share.successes = 1500;
    BOOST_TEST(about_a("is", 0.8).test(share, {}, true).verdict == outcome::fails);
}

BOOST_AUTO_TEST_CASE(the_uncertainty_is_the_standard_error_of_the_mean) {
    BOOST_TEST(measured({1, 2, 3}).mean() == 2);
    BOOST_TEST(measured({1, 2, 3}).uncertainty() == std::sqrt(1 / 3.), boost::test_tools::tolerance(1e-15));
    BOOST_TEST(std::isnan(measured({1}).uncertainty()));
    BOOST_TEST(measured({}).text() == "-");
}

BOOST_AUTO_TEST_CASE(a_guard_is_a_bound_of_the_mean) {
    const auto holds = [](const std::string& relation, std::vector<double> values) {
        const guard g{.quantity = "a", .relation = relation, .expected = 1, .tolerance = relation == "near" ? 0.1 : 0, .origin = "o"};
        return g.holds(measured(values));
    };
    BOOST_TEST(holds("near", {0.5, 1.5}));
    BOOST_TEST(!holds("near", {1.05, 1.25}));
    BOOST_TEST(holds("below", {0.9}));
    BOOST_TEST(!holds("below", {1.1}));
    BOOST_TEST(holds("above", {1.1}));
    BOOST_TEST(!holds("above", {0.9}));
    for (const char* relation : {"near", "below", "above"}) {
        BOOST_TEST(!holds(relation, {}));
        BOOST_TEST(!holds(relation, {std::nan("")}));
    }
}
