// SPDX-License-Identifier: Apache-2.0
/// \file  One number of a figure: what is expected, what we measure, and the verdict.
#pragma once

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

namespace ncsn {

/// One number of a figure. It holds when the mean over seeds is within `tolerance` of `expected` (relation "near"), at most `expected` ("below")
/// or at least `expected` ("above").
struct claim {
    std::string name, statement, paper;  ///< paper: what the paper prints or shows
    std::string relation;
    double expected = 0, tolerance = 0;
    std::string origin;                  ///< where expected value and tolerance come from
    std::string gap;                     ///< why ours is not the paper's number, where it is not
    std::vector<double> measured;        ///< one number a seed

    double mean() const {
        double total = 0;
        for (const double value : measured) total += value;
        return measured.empty() ? std::numeric_limits<double>::quiet_NaN() : total / static_cast<double>(measured.size());
    }
    /// The standard error of the mean over seeds; not a number for fewer than two.
    double uncertainty() const {
        const double n = static_cast<double>(measured.size()), m = mean();
        double squares = 0;
        for (const double value : measured) squares += (value - m) * (value - m);
        return n < 2 ? std::numeric_limits<double>::quiet_NaN() : std::sqrt(squares / (n - 1) / n);
    }
    /// False also for a mean that is not a number: nothing measured, or a run that went wrong.
    bool holds() const {
        if (relation == "near") return std::abs(mean() - expected) <= tolerance;
        return relation == "below" ? mean() <= expected : mean() >= expected;
    }

    std::string verdict() const { return measured.empty() ? "not measured" : holds() ? "holds" : "FAILS"; }
    /// "0.800 ± 0.050", "at most 0.500".
    std::string expectation() const {
        if (relation == "near") return number(expected, tolerance);
        return (relation == "below" ? "at most " : "at least ") + number(expected);
    }
    /// The mean, with its uncertainty where there is one; "-" for nothing measured.
    std::string measurement() const { return measured.empty() ? "-" : number(mean(), uncertainty()); }
    /// A number, and how sure it is, in the same digits: three decimals, more for what is small.
    static std::string number(double value, double uncertainty = std::numeric_limits<double>::quiet_NaN()) {
        const double size = std::max(std::abs(value), std::isnan(uncertainty) ? 0 : uncertainty);
        std::ostringstream out;
        if (size > 0 && size < 1e-4) out << std::scientific << std::setprecision(1);
        else out << std::fixed << std::setprecision(size > 0 && size < 0.02 ? 5 : size > 0 && size < 0.2 ? 4 : 3);
        out << value;
        if (!std::isnan(uncertainty)) out << " ± " << uncertainty;
        return out.str();
    }
};

}  // namespace ncsn
