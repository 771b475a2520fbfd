// SPDX-License-Identifier: Apache-2.0
/// \file  The one description of a figure or table: reproduce/figures/PAPER/ID/figure.json.
///
/// Everything that is said of it comes from there: help, list, the title of the picture, reports, the tables of docs/results. docs/extending.md says
/// what each field means; complete() holds a file to that.
#pragma once

#include "claim.hpp"
#include "description_file.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace ncsn {

/// Kinds of figures that are written once (experiments/figures/kinds).
inline const std::set<std::string> written_kinds{"samples", "sweep", "progress", "nearest", "inpainting", "curve", "interpolation", "table"};
inline const std::vector<std::string> preset_names{"smoke", "short", "paper"};

/// A description as it holds for one preset: a preset says what it changes, field by field (JSON merge patch, RFC 7396).
class description {
public:
    using json = nlohmann::ordered_json;
    json text;           ///< with the changes of the preset, without the presets
    std::string preset;  ///< one of preset_names, or empty: without a preset's changes

    description() = default;
    explicit description(const std::filesystem::path& file, std::string preset_name = "") : preset{std::move(preset_name)}, file_{file} {
        try {
            text = read_description(file);
            for (const std::string& name : preset_names)
                if (text.contains("presets")) presets_[name] = preset_of(name);
            text.erase("presets");
            if (!text.contains("options")) text["options"] = json::object();
            if (preset.empty()) return;
            require(presets_.contains(preset), "description ", file, ": there is no preset ", preset, "; smoke, short and paper were expected");
            json changes = presets_[preset];
            changes.erase("cost");
            text.merge_patch(changes);
        } catch (const json::exception& reason) {
            fail("description ", file, ": ", reason.what(), "; docs/extending.md says what a description holds");
        }
    }

    /// The folder's name: it is said nowhere else.
    std::string id() const { return folder().filename(); }
    std::filesystem::path folder() const { return std::filesystem::absolute(file_).parent_path(); }
    std::string string(const std::string& field) const { return text.value(field, ""); }
    std::vector<std::string> strings(const std::string& of, const std::string& field) const {
        return text.value(of, json::object()).value(field, std::vector<std::string>{});
    }
    /// "Song & Ermon (2019), Figure 3".
    std::string place() const {
        const json papers = read_json_file(file_.parent_path().parent_path().parent_path() / "papers.json");
        require(papers.contains(string("paper")), "description ", file_, ": \"paper\": \"", string("paper"), "\" is not in papers.json");
        return papers.at(string("paper")).at("cite").get<std::string>() + ", " + string("number");
    }
    std::vector<std::uint64_t> seeds() const { return text.value("seeds", std::vector<std::uint64_t>{}); }
    const json& options() const { return text.at("options"); }
    /// What a preset did, for the picture: "ran" with the options of the preset in place of {their names}.
    std::string ran() const {
        std::string sentence = string("ran");
        for (const auto& [name, value] : options().items())
            for (std::size_t at; (at = sentence.find('{' + name + '}')) != std::string::npos;)
                sentence.replace(at, name.size() + 2, value.is_string() ? value.get<std::string>() : with_thousands(value.dump()));
        return sentence;
    }

    std::vector<measurement> measurements() const {
        std::vector<measurement> all;
        const json quantities = text.value("quantities", json::object());
        for (const auto& [name, statement] : quantities.items()) all.push_back({.name = name, .statement = statement, .values = {}});
        return all;
    }
    /// The statements of the paper that this preset can test.
    std::vector<claim> claims() const {
        return each_of<claim>("claims", [&](const json& entry) {
            only(entry, {"statement", "paper", "quantity", "is", "differs", "below", "above", "uncertainty", "print", "level", "fails", "gap",
                         "presets"});
            claim c{.statement = entry.at("statement"), .paper = entry.at("paper"),
                    .relation = relation_of(entry, {"is", "differs", "below", "above"}), .quantity = entry.at("quantity"), .other = "",
                    .uncertainty = entry.value("uncertainty", 0.0), .print = entry.value("print", 0.0),
                    .level = entry.value("level", 0.05), .gap = entry.value("gap", "")};
            const json& reference = entry.at(c.relation);
            if (reference.is_string()) c.other = reference;
            else c.expected = reference;
            const auto fails = entry.value("fails", std::vector<std::string>{});
            c.known_to_fail = std::find(fails.begin(), fails.end(), preset) != fails.end();
            require(c.relation == "is" || (c.uncertainty == 0 && c.print == 0), where(), "\"", c.statement,
                    "\": uncertainty and print belong to \"is\"");
            require(c.other.empty() || c.relation == "below" || c.relation == "above", where(), "\"", c.statement, "\": \"", c.relation,
                    "\" needs a number");
            require(c.level > 0 && c.level <= 0.1 && c.uncertainty >= 0 && c.print >= 0, where(), "\"", c.statement, "\": level ", c.level,
                    ", uncertainty ", c.uncertainty, ", print ", c.print, "; a level in (0, 0.1] and errors of at least 0 were expected");
            require(fails.empty() || !c.gap.empty(), where(), "\"", c.statement, "\" is known to fail, but no \"gap\" says why");
            known(c.quantity), c.other.empty() ? void() : known(c.other);
            return c;
        });
    }
    std::vector<guard> guards() const {
        return each_of<guard>("guards", [&](const json& entry) {
            only(entry, {"quantity", "near", "below", "above", "tolerance", "origin", "presets"});
            guard g{.quantity = entry.at("quantity"), .relation = relation_of(entry, {"near", "below", "above"}),
                    .tolerance = entry.value("tolerance", 0.0), .origin = entry.at("origin")};
            g.expected = entry.at(g.relation);
            require((g.relation == "near") == entry.contains("tolerance") && std::isfinite(g.tolerance) && g.tolerance >= 0, where(), "guard of ",
                    g.quantity, ": a tolerance of at least 0 belongs to \"near\", and to nothing else");
            known(g.quantity);
            return g;
        });
    }
    /// What the preset costs.
    std::string cost() const { return presets_.contains(preset) ? presets_.at(preset).value("cost", "") : ""; }
    /// What it waits for; empty if it can be run.
    std::string waits() const { return string("waits"); }

    /// Refuses a description that does not say all that belongs to it, or something unknown.
    void complete() const {
        for (const auto& [name, value] : text.items()) require(fields().contains(name), where(), "unknown field \"", name, "\"");
        for (const char* field : {"paper", "number", "shows"}) require(!string(field).empty(), where(), "\"", field, "\" is missing");
        const auto is = [number = string("number")](const char* word) { return number.starts_with(word); };
        require(is("Figure ") || is("Table ") || is("Section "), where(), "number \"", string("number"), "\"; \"Figure N\", \"Table N\" or \"Section "
                "N\" was expected");
        place();
        const std::string kind = string("kind"), program = string("program");
        require(kind.empty() || written_kinds.contains(kind), where(), "unknown kind \"", kind, "\"");
        if (!waits().empty()) return;
        require(kind.empty() != program.empty(), where(), "a kind or a program is needed, or \"waits\": what it waits for");
        for (const char* field : {"title", "claim"}) require(!string(field).empty(), where(), "\"", field, "\" is missing");
        for (const char* field : {"setting", "quantities", "claims", "guards", "seeds"})
            require(text.contains(field), where(), "\"", field, "\" is missing");
        for (const std::string& name : preset_names) {
            require(presets_.contains(name) && !presets_.at(name).value("cost", "").empty(), where(), "preset ", name, " has no \"cost\"");
            for (const auto& [field, value] : presets_.at(name).items())
                require(field == "cost" || fields().contains(field), where(), "preset ", name, ": unknown field \"", field, "\"");
            if (const description of{file_, name}; of.waits().empty()) of.claims(), of.guards();
        }
        if (!kind.empty()) require(text.contains("panels"), where(), "\"panels\" is missing");
        for (const json& column : text.value("columns", json::array())) {
            only(column, {"head", "measure", "option"});
            require(!column.value("head", "").empty() && column.size() <= 2, where(), "a column ", column.dump(),
                    "; a \"head\" was expected, and \"measure\" or \"option\" where cells are not said");
        }
        require(kind != "table" || (text.contains("columns") && !string("row").empty()), where(), "a table needs \"columns\", and \"row\": what its "
                "rows are");
        for (const auto& [name, value] : options().items())
            require(!reserved().contains(name), where(), "option \"", name, "\": every figure has an option of that name already");
    }

private:
    static const std::set<std::string>& fields() {
        static const std::set<std::string> names{"paper", "number", "shows", "title", "claim", "setting", "ran", "seeds", "needs", "kind", "program",
                                                 "options", "panels", "measure", "columns", "row", "quantities", "claims", "guards", "waits",
                                                 "presets"};
        return names;
    }
    static const std::set<std::string>& reserved() {
        static const std::set<std::string> names{"description", "preset", "seeds", "out", "threads", "device", "network", "help"};
        return names;
    }
    std::string where() const { return "description " + file_.string() + ": "; }
    /// The changes of a preset; a preset that is a text is the same as the one of that name.
    json preset_of(const std::string& name) const {
        const json& presets = text.at("presets");
        require(presets.contains(name), where(), "preset ", name, " is missing");
        const json& changes = presets.at(name);
        if (!changes.is_string()) return changes;
        require(presets.contains(changes.get<std::string>()) && presets.at(changes.get<std::string>()).is_object(), where(), "preset ", name,
                " is said to be as ", changes, ", which is none");
        return presets.at(changes.get<std::string>());
    }
    /// f(entry) of the entries of a list that this preset has.
    template <class T, class F> std::vector<T> each_of(const std::string& field, const F& f) const {
        std::vector<T> all;
        try {
            for (const json& entry : text.value(field, json::array())) {
                const auto presets = entry.value("presets", std::vector<std::string>{});
                if (presets.empty() || std::find(presets.begin(), presets.end(), preset) != presets.end()) all.push_back(f(entry));
            }
        } catch (const json::exception& reason) {
            fail(where(), field, ": ", reason.what(), "; docs/extending.md says what they hold");
        }
        return all;
    }
    void only(const json& entry, const std::set<std::string>& names) const {
        for (const auto& [name, value] : entry.items()) require(names.contains(name), where(), "unknown field \"", name, "\" in ", entry.dump());
    }
    std::string relation_of(const json& entry, const std::vector<std::string>& relations) const {
        std::string found;
        for (const std::string& name : relations)
            if (entry.contains(name)) require(found.empty(), where(), "two relations in ", entry.dump()), found = name;
        require(!found.empty(), where(), "no relation in ", entry.dump());
        return found;
    }
    void known(const std::string& name) const {
        require(text.value("quantities", json::object()).contains(name), where(), "\"", name, "\" is not among the quantities");
    }
    std::filesystem::path file_;
    std::map<std::string, json> presets_;
};

}  // namespace ncsn
