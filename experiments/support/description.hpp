// SPDX-License-Identifier: Apache-2.0
/// \file  The one description of a figure or table: reproduce/figures/PAPER/ID/figure.json.
///
/// Everything that is said of it comes from there: help, list, the title of the picture, reports, the tables of docs/results.
/// docs/extending-figures.md says what each field means; complete() holds a file to that.
#pragma once

#include "claim.hpp"
#include "description_file.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace ncsn {

/// Kinds of figures that are written once (experiments/figures/kinds).
inline const std::set<std::string> written_kinds{"samples", "sweep", "progress", "nearest", "inpainting", "curve", "interpolation", "table",
                                                "checkpoints"};
inline const std::vector<std::string> preset_names{"smoke", "short", "paper"};

/// A description as it holds for one preset: a preset says what it changes, field by field (JSON merge patch, RFC 7396).
class description {
public:
    json text;           ///< with the changes of the preset, without the presets
    std::string preset;  ///< one of preset_names, or empty: without a preset's changes

    description() = default;
    explicit description(const std::filesystem::path& file, std::string preset_name = "");

    /// The folder's name: it is said nowhere else.
    std::string id() const { return folder().filename(); }
    std::filesystem::path folder() const;
    std::string string(const std::string& field) const { return text.value(field, ""); }
    std::vector<std::string> strings(const std::string& of, const std::string& field) const;
    /// "Song & Ermon (2019), Figure 3".
    std::string place() const;
    std::vector<std::uint64_t> seeds() const;
    const json& options() const { return text.at("options"); }
    /// What a preset did, for the picture: "ran" with the options of the preset in place of {their names}.
    std::string ran() const;

    /// In the statements of quantities and claims {name} is the caption of that panel as the preset has it: what stands in for a paper's data is
    /// named where its numbers are.
    std::vector<measurement> measurements() const;
    /// The statements of the paper that this preset can test.
    std::vector<claim> claims() const;
    std::vector<guard> guards() const;
    /// What the preset costs.
    std::string cost() const;
    /// What it waits for; empty if it can be run.
    std::string waits() const { return string("waits"); }

    /// Refuses a description that does not say all that belongs to it, or something unknown.
    void complete() const;
    /// What a description may say, beside "like".
    static const std::set<std::string>& fields();

private:
    static const std::set<std::string>& reserved();
    std::string where() const { return "description " + file_.string() + ": "; }
    /// f(entry) of the entries of a list that this preset has.
    template <class T, class F> std::vector<T> each_of(const std::string& field, const F& f) const {
        std::vector<T> all;
        try {
            for (const json& entry : text.value(field, json::array())) {
                const auto presets = entry.value("presets", std::vector<std::string>{});
                if (presets.empty() || std::find(presets.begin(), presets.end(), preset) != presets.end()) all.push_back(f(entry));
            }
        } catch (const json::exception& reason) {
            fail(where(), field, ": ", reason.what(), "; docs/extending-figures.md says what they hold");
        }
        return all;
    }
    void only(const json& entry, const std::set<std::string>& names) const;
    std::string relation_of(const json& entry, const std::vector<std::string>& relations) const;
    void known(const std::string& name) const;
    void name_panels();
    std::string of_panels(const std::string& sentence) const;
    std::filesystem::path file_;
    std::map<std::string, json> presets_;
    std::map<std::string, std::string> captions_;                                   // of panels; those that the preset leaves out as without it
};

}  // namespace ncsn
