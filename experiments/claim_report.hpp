// SPDX-License-Identifier: Apache-2.0
/// \file  What a figure claims, what we measure, and the verdict: a table to read and claim.json to keep.
#pragma once

#include <ncsn/arrays/files/atomic_file.hpp>

#include "claim.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>

namespace ncsn {

/// The claims of one figure, read from a file of expected values; measure() fills them in.
class claim_report {
public:
    claim_report() = default;
    /// The file: {"figure", "claim", "claims": [{"name", "statement", "paper", "relation", "expected", "tolerance", "origin", "gap", "presets"}]}.
    /// A claim with "presets" counts only in those; without a preset all count.
    /// With "like": "other.json", a file beside this one, the other's text holds where this one says nothing else; its "claims" change those of the
    /// same name.
    explicit claim_report(const std::filesystem::path& path, const std::string& preset = "") {
        try {
            const auto text = read(path);
            figure_ = text.at("figure");
            sentence_ = text.at("claim");
            for (const auto& entry : text.at("claims")) {
                const auto presets = entry.value("presets", std::vector<std::string>{});
                if (preset.empty() || presets.empty() || std::find(presets.begin(), presets.end(), preset) != presets.end()) add(path, entry);
                else elsewhere_.push_back(entry.at("name"));
            }
        } catch (const nlohmann::json::exception& reason) {
            fail("claims ", path, ": ", reason.what(), "; {figure, claim, claims: [{name, statement, paper, relation, expected, ...}]} was expected");
        }
        require(!claims_.empty(), "claims ", path, ": no claims; at least one was expected");
    }

    /// One more number of the claim of that name, from the next seed. A claim of other presets takes none.
    void measure(const std::string& name, double value) {
        const auto found = std::find_if(claims_.begin(), claims_.end(), [&](const claim& c) { return c.name == name; });
        if (found == claims_.end() && std::find(elsewhere_.begin(), elsewhere_.end(), name) != elsewhere_.end()) return;
        require(found != claims_.end(), "claims: '", name, "' is measured, but the file of expected values has no claim of that name");
        found->measured.push_back(value);
    }
    /// Forgets the claims whose name begins so: parts of the figure that were not asked for.
    void leave_out(const std::string& prefix) {
        std::erase_if(claims_, [&](const claim& c) { return c.name.starts_with(prefix); });
    }
    const claim& at(const std::string& name) const {
        for (const claim& c : claims_)
            if (c.name == name) return c;
        fail("claims: no claim is called '", name, "'");
    }
    /// Whether every claim holds. One that was never measured does not.
    bool passed() const { return holding() == claims_.size() && !claims_.empty(); }

    /// claim.json: everything above with means, uncertainties and verdicts. `settings` says how the numbers were made.
    void save(const std::filesystem::path& path, const nlohmann::ordered_json& settings) const {
        nlohmann::ordered_json out{{"figure", figure_}, {"claim", sentence_}, {"settings", settings}, {"claims", nlohmann::ordered_json::array()}};
        for (const claim& c : claims_) {
            nlohmann::ordered_json entry{{"name", c.name}, {"statement", c.statement}, {"paper", c.paper}};
            entry.update({{"relation", c.relation}, {"expected", c.expected}});
            if (c.relation == "near") entry["tolerance"] = c.tolerance;
            entry.update({{"origin", c.origin}, {"mean", c.mean()}, {"uncertainty", c.uncertainty()}, {"seeds", c.measured}});
            entry["verdict"] = c.verdict();
            if (!c.gap.empty()) entry["gap"] = c.gap;
            out["claims"].push_back(std::move(entry));
        }
        out["passed"] = passed();
        save_text(path, out.dump(2) + "\n");                                        // what is no number becomes null
    }

    /// The numbers as rows of a Markdown table: number, paper, expected, ours, verdict, reason for a gap.
    std::string markdown() const {
        std::string text = sentence_ + "\n\n| number | paper | expected | ours | | why it differs from the paper |\n|---|---|---|---|---|---|\n";
        for (const claim& c : claims_) {
            for (const std::string& cell : {c.statement, c.paper, c.expectation(), c.measurement(), c.verdict(), c.gap}) {
                text += "| ";
                for (const char letter : cell) text += letter == '|' ? "\\|" : std::string(1, letter);
                text += ' ';
            }
            text += "|\n";
        }
        return text;
    }
    /// The means and uncertainties as variables of gnuplot: code_upper_mode = "0.785 ± 0.006" for the claim code.upper_mode.
    std::string gnuplot_variables() const {
        std::string text;
        for (const claim& c : claims_) {
            std::string name = c.name;
            std::replace(name.begin(), name.end(), '.', '_');
            text += name + " = \"" + c.measurement() + "\"\n";
        }
        return text;
    }
    /// The claim above, the numbers, the verdict below.
    void print(std::ostream& out) const {
        out << '\n' << figure_ << "\nclaim:   " << sentence_ << "\n\n";
        std::vector<std::array<std::string, 5>> rows{{"", "paper", "expected", "ours", ""}};
        for (const claim& c : claims_) rows.push_back({c.statement, c.paper, c.expectation(), c.measurement(), c.verdict()});
        std::array<std::size_t, 5> width{};
        for (const auto& row : rows)
            for (std::size_t k = 0; k < row.size(); ++k) width[k] = std::max(width[k], letters(row[k]));
        for (const auto& row : rows) {
            std::string line = " ";
            for (std::size_t k = 0; k < row.size(); ++k) line += ' ' + row[k] + std::string(width[k] - letters(row[k]) + 1, ' ');
            out << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
        }
        out << "\nverdict: " << (passed() ? "reproduced" : "NOT reproduced") << ", " << holding() << " of " << claims_.size()
            << " numbers as expected\n";
        for (const claim& c : claims_)
            if (!c.holds()) out << "  " << c.name << ": " << c.measurement() << ", expected " << c.expectation() << " (" << c.origin << ")\n";
    }

private:
    static nlohmann::json read(const std::filesystem::path& path) {
        std::ifstream file{path};
        require(file.good(), "claims ", path, ": cannot be read; give the file of expected values with --expected");
        const auto own = nlohmann::json::parse(file);
        if (!own.contains("like")) return own;
        nlohmann::json text = read(path.parent_path() / own.at("like").get<std::string>());
        for (const auto& change : own.value("claims", nlohmann::json::array())) {
            bool known = false;
            for (auto& entry : text.at("claims"))
                if (entry.at("name") == change.at("name")) entry.update(change), known = true;
            require(known, "claims ", path, ": ", change.at("name"), " changes a claim that ", own.at("like"), " does not have");
        }
        for (const char* part : {"figure", "claim"})
            if (own.contains(part)) text[part] = own[part];
        return text;
    }
    void add(const std::filesystem::path& path, const nlohmann::json& entry) {
        claim c{.name = entry.at("name"), .statement = entry.at("statement"), .paper = entry.at("paper"), .relation = entry.at("relation"),
                .expected = entry.at("expected"), .tolerance = entry.value("tolerance", 0.0), .origin = entry.at("origin"),
                .gap = entry.value("gap", ""), .measured = {}};
        const bool near = c.relation == "near";
        require(near || c.relation == "below" || c.relation == "above", "claims ", path, ": '", c.name, "' has the relation \"", c.relation,
                "\"; near, below or above was expected");
        require(near == entry.contains("tolerance") && std::isfinite(c.tolerance) && c.tolerance >= 0, "claims ", path, ": '", c.name,
                "' needs a tolerance of at least 0 if it is near something, and none if it is below or above it");
        for (const claim& other : claims_) require(other.name != c.name, "claims ", path, ": the name '", c.name, "' appears twice");
        claims_.push_back(std::move(c));
    }
    std::size_t holding() const {
        return static_cast<std::size_t>(std::count_if(claims_.begin(), claims_.end(), [](const claim& c) { return c.holds(); }));
    }
    /// How many letters a terminal shows for UTF-8 text.
    static std::size_t letters(const std::string& text) {
        const auto begins_letter = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
        return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_letter));
    }

    std::string figure_, sentence_;
    std::vector<claim> claims_;
    std::vector<std::string> elsewhere_;                                            ///< names of claims that other presets make
};

}  // namespace ncsn
