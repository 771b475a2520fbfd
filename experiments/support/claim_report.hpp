// SPDX-License-Identifier: Apache-2.0
/// \file  What a figure measured, what its paper says of that, and the verdict: a table to read and claim.json to keep.
#pragma once

#include "description.hpp"
#include "text_table.hpp"

#include <iosfwd>

namespace ncsn {

/// The measurements of one run of a figure; measure() fills them in.
class claim_report {
public:
    text_rows table;  ///< of a figure that is one: rows of cells, the first of headings

    claim_report() = default;
    explicit claim_report(const description& figure)
        : figure_{figure}, random_{!figure.seeds().empty()}, measurements_{figure.measurements()}, claims_{figure.claims()},
          guards_{figure.guards()} {}

    /// One more number of that quantity, from the next seed.
    void measure(const std::string& name, double value) { find(name).values.push_back(value); }
    /// One more share, of independent trials: tests of it are exact.
    void measure_share(const std::string& name, std::size_t successes, std::size_t trials);
    /// The quantity needs what is not on this machine: statements and guards about it are skipped, and named with the reason.
    void not_evaluated(const std::string& name, const std::string& reason) { find(name).missing = reason; }
    /// Forgets claims and guards about quantities whose name begins so: parts of the figure that were not asked for.
    void leave_out(const std::string& prefix);
    const measurement& at(const std::string& name) const;
    outcome test(const claim& c) const;

    /// How many statements of the paper hold, fail though they are not known to, were not tested because there is one seed, and are about what was
    /// not evaluated.
    std::size_t holding() const { return count(outcome::holds); }
    std::size_t failing() const;
    std::size_t untested() const { return count(outcome::untested); }
    std::size_t unevaluated() const { return count(outcome::not_evaluated); }
    std::size_t guards_holding() const;
    /// Guards about what was evaluated.
    std::size_t guards_evaluated() const;
    /// Whether the run shows nothing that was not known: every guard holds, and no statement fails that is not known to.
    bool passed() const { return failing() == 0 && guards_holding() == guards_evaluated(); }

    /// "3 of 4 statements of the paper reproduced (1 not, as known); 8 of 8 guards hold".
    std::string verdict() const;

    /// claim.json: everything above, with the number of every seed. `settings` says how the numbers were made.
    void save(const std::filesystem::path& path, const json& settings) const;

    /// Means and uncertainties as variables of gnuplot: code_upper_mode = "0.785 ± 0.006" for the quantity code.upper_mode.
    std::string gnuplot_variables() const;
    /// The claim above, what was measured, what the paper says of it, guards, the verdict below.
    void print(std::ostream& out) const;

private:
    std::string heading() const;
    measurement& find(const std::string& name);
    std::size_t count(outcome::kind kind) const;
    static std::string p_text(double p);
    static std::string verdict_of(const claim& c, const outcome& found);
    std::string verdict_of(const guard& g) const;
    /// A table whose columns begin below each other.

    description figure_;
    bool random_ = true;
    std::vector<measurement> measurements_;
    std::vector<claim> claims_;
    std::vector<guard> guards_;
};

}  // namespace ncsn
