// SPDX-License-Identifier: Apache-2.0
/// \file  What a figure measures, a statement of its paper about that and the test it has to pass, and guards against change.
#pragma once

#include "significance.hpp"

#include <iomanip>
#include <sstream>
#include <string>
#include <vector>

namespace ncsn {

/// A number, and how sure it is, in the same digits: three decimals, more for what is small and one for what is 100 and more.
inline std::string number_text(double value, double uncertainty = std::numeric_limits<double>::quiet_NaN()) {
    const double size = std::max(std::abs(value), std::isnan(uncertainty) ? 0 : uncertainty);
    std::ostringstream out;
    if (size > 0 && size < 1e-4) out << std::scientific << std::setprecision(1);
    else out << std::fixed << std::setprecision(size >= 100 ? 1 : size > 0 && size < 0.02 ? 5 : size > 0 && size < 0.2 ? 4 : 3);
    out << value;
    if (!std::isnan(uncertainty)) out << " ± " << uncertainty;
    return out.str();
}

/// A quantity that a program measures: one number a seed. Of a share of independent trials also how many of how many they were, in all.
struct measurement {
    std::string name, statement;
    std::vector<double> values;
    std::size_t successes = 0, trials = 0;
    std::string missing = {};  ///< what it would need, where it was not evaluated

    double mean() const {
        double total = 0;
        for (const double value : values) total += value;
        return values.empty() ? std::numeric_limits<double>::quiet_NaN() : total / static_cast<double>(values.size());
    }
    /// The standard error of the mean over seeds; not a number for fewer than two.
    double uncertainty() const {
        const double n = static_cast<double>(values.size()), m = mean();
        double squares = 0;
        for (const double value : values) squares += (value - m) * (value - m);
        return n < 2 ? std::numeric_limits<double>::quiet_NaN() : std::sqrt(squares / (n - 1) / n);
    }
    /// The mean, with its uncertainty where there is one; "-" for nothing measured.
    std::string text() const { return !missing.empty() ? "not evaluated" : values.empty() ? "-" : number_text(mean(), uncertainty()); }
};

/// What came of a test.
struct outcome {
    enum kind { holds, fails, untested, unmeasured, not_evaluated } verdict = unmeasured;  ///< the last: needs what is not on this machine
    std::string test;                                                               ///< "exact", "t, 2 degrees of freedom", "binomial, 3840 trials"
    double p = std::numeric_limits<double>::quiet_NaN();  ///< the probability of a result as far off; not a number where nothing is random
};

/// A statement of the paper. "below", "above": a quantity against another one, seed by seed, or against a number; it holds if that it did not would
/// be improbable. "differs": from a number, the same. "is": a number that is printed; it holds unless it is improbable.
struct claim {
    std::string statement, paper;  ///< paper: its own words or number, and where
    std::string relation;
    std::string quantity, other;   ///< names; without another one the number `expected`
    double expected = 0;
    double uncertainty = 0;        ///< "is": the paper's own standard error
    double print = 0;              ///< "is": half a unit of the last printed digit
    double level = 0.05;
    bool known_to_fail = false;    ///< and the gap says why
    std::string gap;               ///< why ours is not what the paper says or shows

    bool of_paper() const { return !paper.starts_with("ours"); }

    /// "langevin.miss above code.miss", "code.upper_mode is 0.800".
    std::string text() const {
        std::string reference = other.empty() ? number_text(expected) : other;
        if (uncertainty > 0) reference = number_text(expected, uncertainty);
        return quantity + " " + (relation == "differs" ? "differs from" : relation) + " " + reference +
               (print > 0 ? " (printed to ± " + number_text(print) + ")" : "");
    }
    /// The test on what was measured; `of_other` are the numbers of the other quantity. With `random` false there is one run, and it decides.
    outcome test(const measurement& measured, const std::vector<double>& of_other, bool random) const {
        if (!measured.missing.empty()) return {outcome::not_evaluated, "not evaluated"};
        if (measured.values.empty() || (!other.empty() && of_other.size() != measured.values.size())) return {};
        measurement difference{.name = {}, .statement = {}, .values = measured.values};
        for (std::size_t i = 0; i < difference.values.size(); ++i) difference.values[i] -= other.empty() ? expected : of_other[i];
        const double d = difference.mean(), error = difference.uncertainty(), n = static_cast<double>(difference.values.size());
        if (!std::isfinite(d)) return {outcome::fails, "not a number", std::numeric_limits<double>::quiet_NaN()};
        const bool two_sided = relation == "is" || relation == "differs";
        if (two_sided && measured.trials > 0) {
            const double p = binomial_p_value(measured.successes, measured.trials, expected);
            return {(p >= level) == (relation == "is") ? outcome::holds : outcome::fails,
                    "binomial, " + std::to_string(measured.trials) + " trials", p};
        }
        const double away = relation == "is" ? std::max(0.0, std::abs(d) - print) : relation == "below" ? -d : relation == "above" ? d : std::abs(d);
        if (!random || (error == 0 && uncertainty == 0)) {                           // no scatter: what is there, is there
            return {(relation == "is" ? away == 0 : away > 0) ? outcome::holds : outcome::fails, "exact", std::numeric_limits<double>::quiet_NaN()};
        }
        if (n < 2) return {outcome::untested, "one seed", std::numeric_limits<double>::quiet_NaN()};
        const double ours = error * error, both = ours + uncertainty * uncertainty;
        const double freedom = (n - 1) * both * both / std::max(ours * ours, 1e-300);    // Welch and Satterthwaite, with the paper's error as known
        const double p = (two_sided ? 2 : 1) * student_tail(away / std::sqrt(both), freedom);
        std::ostringstream name;
        name << "t, " << std::setprecision(3) << freedom << " degrees of freedom";
        return {(relation == "is" ? p >= level : p < level) ? outcome::holds : outcome::fails, name.str(), std::min(1.0, p)};
    }
};

/// A guard against change: a bound about our own number, or a law that our program must obey. It says nothing about the paper.
struct guard {
    std::string quantity, relation;
    double expected = 0, tolerance = 0;
    std::string origin;  ///< where bound and tolerance come from

    std::string text() const {
        if (relation == "near") return number_text(expected, tolerance);
        return (relation == "below" ? "at most " : "at least ") + number_text(expected);
    }
    /// False also for a mean that is not a number: nothing measured, or a run that went wrong.
    bool holds(const measurement& measured) const {
        if (relation == "near") return std::abs(measured.mean() - expected) <= tolerance;
        return relation == "below" ? measured.mean() <= expected : measured.mean() >= expected;
    }
};

}  // namespace ncsn
