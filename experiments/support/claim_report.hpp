// SPDX-License-Identifier: Apache-2.0
/// \file  What a figure measured, what its paper says of that, and the verdict: a table to read and claim.json to keep.
#pragma once

#include <ncsn/arrays/files/atomic_file.hpp>

#include "description.hpp"
#include "text_table.hpp"

#include <array>
#include <iostream>

namespace ncsn {

/// The measurements of one run of a figure; measure() fills them in.
class claim_report {
public:
    using json = nlohmann::ordered_json;
    text_rows table;  ///< of a figure that is one: rows of cells, the first of headings

    claim_report() = default;
    explicit claim_report(const description& figure)
        : figure_{figure}, random_{!figure.seeds().empty()}, measurements_{figure.measurements()}, claims_{figure.claims()},
          guards_{figure.guards()} {}

    /// One more number of that quantity, from the next seed.
    void measure(const std::string& name, double value) { find(name).values.push_back(value); }
    /// One more share, of independent trials: tests of it are exact.
    void measure_share(const std::string& name, std::size_t successes, std::size_t trials) {
        require(trials > 0 && successes <= trials, "measure_share ", name, ": ", successes, " of ", trials, "; a share of at least one was expected");
        measurement& m = find(name);
        m.values.push_back(static_cast<double>(successes) / static_cast<double>(trials));
        m.successes += successes;
        m.trials += trials;
    }
    /// The quantity needs what is not on this machine: statements and guards about it are skipped, and named with the reason.
    void not_evaluated(const std::string& name, const std::string& reason) { find(name).missing = reason; }
    /// Forgets claims and guards about quantities whose name begins so: parts of the figure that were not asked for.
    void leave_out(const std::string& prefix) {
        std::erase_if(claims_, [&](const claim& c) { return c.quantity.starts_with(prefix) || c.other.starts_with(prefix); });
        std::erase_if(guards_, [&](const guard& g) { return g.quantity.starts_with(prefix); });
    }
    const measurement& at(const std::string& name) const {
        for (const measurement& m : measurements_)
            if (m.name == name) return m;
        fail("claims: no quantity is called '", name, "'");
    }
    outcome test(const claim& c) const {
        if (!c.other.empty() && !at(c.other).missing.empty()) return c.test(at(c.other), {}, random_);
        return c.test(at(c.quantity), c.other.empty() ? std::vector<double>{} : at(c.other).values, random_);
    }

    /// How many statements of the paper hold, fail though they are not known to, were not tested because there is one seed, and are about what was
    /// not evaluated.
    std::size_t holding() const { return count(outcome::holds); }
    std::size_t failing() const {
        return static_cast<std::size_t>(std::count_if(claims_.begin(), claims_.end(), [&](const claim& c) {
            const auto verdict = test(c).verdict;
            return verdict == outcome::unmeasured || (verdict == outcome::fails && !c.known_to_fail);
        }));
    }
    std::size_t untested() const { return count(outcome::untested); }
    std::size_t unevaluated() const { return count(outcome::not_evaluated); }
    std::size_t guards_holding() const {
        return static_cast<std::size_t>(std::count_if(guards_.begin(), guards_.end(), [&](const guard& g) { return g.holds(at(g.quantity)); }));
    }
    /// Guards about what was evaluated.
    std::size_t guards_evaluated() const {
        const auto evaluated = [&](const guard& g) { return at(g.quantity).missing.empty(); };
        return static_cast<std::size_t>(std::count_if(guards_.begin(), guards_.end(), evaluated));
    }
    /// Whether the run shows nothing that was not known: every guard holds, and no statement fails that is not known to.
    bool passed() const { return failing() == 0 && guards_holding() == guards_evaluated(); }

    /// "3 of 4 statements of the paper reproduced (1 not, as known); 8 of 8 guards hold".
    std::string verdict() const {
        const std::size_t known = claims_.size() - holding() - failing() - untested() - unevaluated();
        std::string text = "no statement of the paper is tested here";
        if (!claims_.empty()) text = std::to_string(holding()) + " of " + std::to_string(claims_.size()) + " statements of the paper reproduced";
        std::string rest;
        const auto add = [&](std::size_t n, const char* what) {
            if (n > 0) rest += (rest.empty() ? "" : ", ") + std::to_string(n) + what;
        };
        add(failing(), " NOT");
        add(known, " not, as known");
        add(untested(), " not tested: one seed");
        add(unevaluated(), " not evaluated");
        if (!rest.empty()) text += " (" + rest + ")";
        return text + "; " + std::to_string(guards_holding()) + " of " + std::to_string(guards_evaluated()) + " guards hold";
    }

    /// claim.json: everything above, with the number of every seed. `settings` says how the numbers were made.
    void save(const std::filesystem::path& path, const json& settings) const {
        json out;
        out["id"] = figure_.id();
        out["figure"] = heading();
        out["claim"] = figure_.string("claim");
        out["settings"] = settings;
        for (const char* part : {"quantities", "claims", "guards"}) out[part] = json::array();
        for (const measurement& m : measurements_) {
            if (m.values.empty() && m.missing.empty()) continue;
            json entry;
            entry["name"] = m.name, entry["statement"] = m.statement, entry["text"] = m.text();
            if (m.missing.empty()) entry["mean"] = m.mean(), entry["uncertainty"] = m.uncertainty(), entry["seeds"] = m.values;  // null: no number
            else entry["reason"] = m.missing;
            if (m.trials > 0) entry["successes"] = m.successes, entry["trials"] = m.trials;
            out["quantities"].push_back(std::move(entry));
        }
        for (const claim& c : claims_) {
            const outcome found = test(c);
            json entry;
            entry["statement"] = c.statement, entry["paper"] = c.paper, entry["relation"] = c.text(), entry["test"] = found.test;
            entry["p"] = found.p, entry["level"] = c.level, entry["verdict"] = verdict_of(c, found);
            if (!c.gap.empty()) entry["gap"] = c.gap;
            out["claims"].push_back(std::move(entry));
        }
        for (const guard& g : guards_) {
            json entry;
            entry["quantity"] = g.quantity, entry["expected"] = g.text(), entry["ours"] = at(g.quantity).text();
            entry["verdict"] = verdict_of(g), entry["origin"] = g.origin;
            out["guards"].push_back(std::move(entry));
        }
        if (!table.empty()) out["table"] = table;
        out["verdict"] = verdict();
        out["passed"] = passed();
        save_text(path, out.dump(2) + "\n");
    }

    /// Means and uncertainties as variables of gnuplot: code_upper_mode = "0.785 ± 0.006" for the quantity code.upper_mode.
    std::string gnuplot_variables() const {
        std::string text;
        for (const measurement& m : measurements_) {
            if (m.values.empty() && m.missing.empty()) continue;
            std::string name = m.name;
            std::replace(name.begin(), name.end(), '.', '_');
            text += name + " = \"" + m.text() + "\"\n";
        }
        return text;
    }
    /// The claim above, what was measured, what the paper says of it, guards, the verdict below.
    void print(std::ostream& out) const {
        out << '\n' << heading() << "\nclaim:   " << figure_.string("claim") << "\n\n";
        text_rows rows{{"measured", "ours"}};
        for (const measurement& m : measurements_)
            if (m.text() != "-") rows.push_back({m.statement, m.text()});
        print(out, rows);
        if (!table.empty()) out << '\n', print(out, table);
        if (!claims_.empty()) {
            rows = {{"the paper says", "p", ""}};
            for (const claim& c : claims_) {
                const outcome found = test(c);
                rows.push_back({c.statement, std::isnan(found.p) ? found.test : p_text(found.p), verdict_of(c, found)});
            }
            out << '\n', print(out, rows);
        }
        if (!guards_.empty()) {
            rows = {{"guards against change", "expected", "ours", ""}};
            for (const guard& g : guards_) rows.push_back({at(g.quantity).statement, g.text(), at(g.quantity).text(), verdict_of(g)});
            out << '\n', print(out, rows);
        }
        out << "\nverdict: " << verdict() << '\n';
        for (const claim& c : claims_)
            if (const outcome found = test(c); found.verdict == outcome::fails || found.verdict == outcome::unmeasured)
                out << "  " << c.text() << ": " << verdict_of(c, found) << (c.gap.empty() ? "" : "; " + c.gap) << '\n';
            else if (found.verdict == outcome::not_evaluated)
                out << "  " << c.text() << ": not evaluated, " << (at(c.quantity).missing.empty() ? at(c.other) : at(c.quantity)).missing << '\n';
        for (const guard& g : guards_)
            if (const measurement& m = at(g.quantity); m.missing.empty() && !g.holds(m))
                out << "  " << g.quantity << ": " << m.text() << ", expected " << g.text() << " (" << g.origin << ")\n";
    }

private:
    std::string heading() const { return figure_.place() + ": " + figure_.string("shows"); }
    measurement& find(const std::string& name) {
        const auto found = std::find_if(measurements_.begin(), measurements_.end(), [&](const measurement& m) { return m.name == name; });
        require(found != measurements_.end(), "claims: '", name, "' is measured, but the figure's description has no quantity of that name");
        return *found;
    }
    std::size_t count(outcome::kind kind) const {
        return static_cast<std::size_t>(std::count_if(claims_.begin(), claims_.end(), [&](const claim& c) { return test(c).verdict == kind; }));
    }
    static std::string p_text(double p) {
        std::ostringstream out;
        out << std::setprecision(2) << p;
        return p < 1e-4 ? "< 0.0001" : out.str();
    }
    static std::string verdict_of(const claim& c, const outcome& found) {
        switch (found.verdict) {
            case outcome::holds: return c.known_to_fail ? "holds, though known to fail" : "holds";
            case outcome::fails: return c.known_to_fail ? "fails, as known" : "FAILS";
            case outcome::untested: return "not tested: one seed";
            case outcome::not_evaluated: return "not evaluated";
            default: return "NOT MEASURED";
        }
    }
    std::string verdict_of(const guard& g) const {
        const measurement& m = at(g.quantity);
        return !m.missing.empty() ? "not evaluated" : m.values.empty() ? "NOT MEASURED" : g.holds(m) ? "holds" : "FAILS";
    }
    /// A table whose columns begin below each other.
    static void print(std::ostream& out, const text_rows& rows) {
        const auto width = column_widths(rows);
        for (const auto& row : rows) {
            std::string line = " ";
            for (std::size_t k = 0; k < row.size(); ++k) line += ' ' + row[k] + std::string(width[k] - letters(row[k]) + 1, ' ');
            out << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
        }
    }

    description figure_;
    bool random_ = true;
    std::vector<measurement> measurements_;
    std::vector<claim> claims_;
    std::vector<guard> guards_;
};

}  // namespace ncsn
