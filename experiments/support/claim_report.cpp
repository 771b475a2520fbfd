// SPDX-License-Identifier: Apache-2.0
/// \file  The verdict and its table.
#include "claim_report.hpp"

#include <ncsn/arrays/files/atomic_file.hpp>

#include <ostream>

namespace ncsn {

void claim_report::measure_share(const std::string& name, std::size_t successes, std::size_t trials) {
    require(trials > 0 && successes <= trials, "measure_share ", name, ": ", successes, " of ", trials, "; a share of at least one was expected");
    measurement& m = find(name);
    m.values.push_back(static_cast<double>(successes) / static_cast<double>(trials));
    m.successes += successes;
    m.trials += trials;
}

void claim_report::leave_out(const std::string& prefix) {
    std::erase_if(claims_, [&](const claim& c) { return c.quantity.starts_with(prefix) || c.other.starts_with(prefix); });
    std::erase_if(guards_, [&](const guard& g) { return g.quantity.starts_with(prefix); });
}

const measurement& claim_report::at(const std::string& name) const {
    for (const measurement& m : measurements_)
        if (m.name == name) return m;
    fail("claims: no quantity is called '", name, "'");
}

outcome claim_report::test(const claim& c) const {
    if (!c.other.empty() && !at(c.other).missing.empty()) return c.test(at(c.other), {}, random_);
    return c.test(at(c.quantity), c.other.empty() ? std::vector<double>{} : at(c.other).values, random_);
}

std::size_t claim_report::failing() const {
    return static_cast<std::size_t>(std::count_if(claims_.begin(), claims_.end(), [&](const claim& c) {
        const auto verdict = test(c).verdict;
        return verdict == outcome::unmeasured || (verdict == outcome::fails && !c.known_to_fail);
    }));
}

std::size_t claim_report::guards_holding() const {
    return static_cast<std::size_t>(std::count_if(guards_.begin(), guards_.end(), [&](const guard& g) { return g.holds(at(g.quantity)); }));
}

std::size_t claim_report::guards_evaluated() const {
    const auto evaluated = [&](const guard& g) { return at(g.quantity).missing.empty(); };
    return static_cast<std::size_t>(std::count_if(guards_.begin(), guards_.end(), evaluated));
}

std::string claim_report::verdict() const {
    const std::size_t known = claims_.size() - holding() - failing() - untested() - unevaluated();
    std::size_t papers = 0, reproduced = 0;
    for (const claim& c : claims_)
        if (c.of_paper()) ++papers, reproduced += test(c).verdict == outcome::holds;
    const auto of = [](std::size_t n, std::size_t all, const char* what) { return std::to_string(n) + " of " + std::to_string(all) + what; };
    std::string text = papers == 0 ? "no statement of the paper is tested here" : of(reproduced, papers, " statements of the paper reproduced");
    if (papers < claims_.size()) text += ", " + of(holding() - reproduced, claims_.size() - papers, " of ours hold");
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

void claim_report::save(const std::filesystem::path& path, const json& settings) const {
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

std::string claim_report::gnuplot_variables() const {
    std::string text;
    for (const measurement& m : measurements_) {
        if (m.values.empty() && m.missing.empty()) continue;
        std::string name = m.name;
        std::replace(name.begin(), name.end(), '.', '_');
        text += name + " = \"" + m.text() + "\"\n";
    }
    return text;
}

void claim_report::print(std::ostream& out) const {
    out << '\n' << heading() << "\nclaim:   " << figure_.string("claim") << "\n\n";
    text_rows rows{{"measured", "ours"}};
    for (const measurement& m : measurements_)
        if (m.text() != "-") rows.push_back({m.statement, m.text()});
    out << aligned(rows);
    if (!table.empty()) out << '\n' << aligned(table);
    if (!claims_.empty()) {
        rows = {{"the paper says", "p", ""}};
        for (const claim& c : claims_) {
            const outcome found = test(c);
            rows.push_back({c.statement, std::isnan(found.p) ? found.test : p_text(found.p), verdict_of(c, found)});
        }
        out << '\n' << aligned(rows);
    }
    if (!guards_.empty()) {
        rows = {{"guards against change", "expected", "ours", ""}};
        for (const guard& g : guards_) rows.push_back({at(g.quantity).statement, g.text(), at(g.quantity).text(), verdict_of(g)});
        out << '\n' << aligned(rows);
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

std::string claim_report::heading() const { return figure_.place() + ": " + figure_.string("shows"); }
measurement& claim_report::find(const std::string& name) {
    const auto found = std::find_if(measurements_.begin(), measurements_.end(), [&](const measurement& m) { return m.name == name; });
    require(found != measurements_.end(), "claims: '", name, "' is measured, but the figure's description has no quantity of that name");
    return *found;
}

std::size_t claim_report::count(outcome::kind kind) const {
    return static_cast<std::size_t>(std::count_if(claims_.begin(), claims_.end(), [&](const claim& c) { return test(c).verdict == kind; }));
}

std::string claim_report::p_text(double p) {
    std::ostringstream out;
    out << std::setprecision(2) << p;
    return p < 1e-4 ? "< 0.0001" : out.str();
}

std::string claim_report::verdict_of(const claim& c, const outcome& found) {
    switch (found.verdict) {
        case outcome::holds: return c.known_to_fail ? "holds, though known to fail" : "holds";
        case outcome::fails: return c.known_to_fail ? "fails, as known" : "FAILS";
        case outcome::untested: return "not tested: one seed";
        case outcome::not_evaluated: return "not evaluated";
        default: return "NOT MEASURED";
    }
}

std::string claim_report::verdict_of(const guard& g) const {
    const measurement& m = at(g.quantity);
    return !m.missing.empty() ? "not evaluated" : m.values.empty() ? "NOT MEASURED" : g.holds(m) ? "holds" : "FAILS";
}

}  // namespace ncsn
