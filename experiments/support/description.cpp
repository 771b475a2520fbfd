// SPDX-License-Identifier: Apache-2.0
/// \file  What a description holds, field by field.
#include "description.hpp"

#include <algorithm>
#include <optional>

namespace ncsn {

namespace {

/// A sentence with value_of(name) in place of each {name} that has one, in one pass: what is put there is not looked at again.
template <class F> std::string filled(const std::string& sentence, const F& value_of) {
    std::string all;
    for (std::size_t at = 0, end = 0; at < sentence.size(); at = end) {
        const std::size_t open = std::min(sentence.find('{', at), sentence.size()), close = sentence.find('}', open);
        end = close == std::string::npos ? sentence.size() : close + 1;
        const std::optional<std::string> value = close == std::string::npos ? std::nullopt : value_of(sentence.substr(open + 1, close - open - 1));
        all += value ? sentence.substr(at, open - at) + *value : sentence.substr(at, end - at);
    }
    return all;
}

}  // namespace

description::description(const std::filesystem::path& file, std::string preset_name)
    : preset{std::move(preset_name)}, file_{file} {
    try {
        text = read_description(file);
        for (const std::string& name : preset_names)
            if (text.contains("presets")) presets_[name] = preset_in(text, name, where());
        text.erase("presets");
        if (!text.contains("options")) text["options"] = json::object();
        require(text["options"].is_object(), where(), "\"options\" is ", text["options"].type_name(), "; an object was expected");
        name_panels();
        if (preset.empty()) return;
        require(presets_.contains(preset), "description ", file, ": there is no preset ", preset, "; smoke, short and paper were expected");
        json changes = presets_[preset];
        changes.erase("cost");
        text.merge_patch(changes);
        name_panels();
    } catch (const json::exception& reason) {
        fail("description ", file, ": ", reason.what(), "; docs/extending-figures.md says what a description holds");
    }
}

std::filesystem::path description::folder() const { return std::filesystem::absolute(file_).parent_path(); }
std::vector<std::string> description::strings(const std::string& of, const std::string& field) const {
    return text.value(of, json::object()).value(field, std::vector<std::string>{});
}

std::string description::place() const {
    const json papers = read_json_file(file_.parent_path().parent_path().parent_path() / "papers.json", "papers");
    require(papers.contains(string("paper")), "description ", file_, ": \"paper\": \"", string("paper"), "\" is not in papers.json");
    return papers.at(string("paper")).at("cite").get<std::string>() + ", " + string("number");
}

std::string description::ran() const {
    return filled(string("ran"), [this](const std::string& name) -> std::optional<std::string> {
        if (!options().contains(name)) return std::nullopt;
        const json& value = options().at(name);
        return value.is_string() ? value.get<std::string>() : with_thousands(value.dump());
    });
}

void description::name_panels() {
    const json panels = text.value("panels", json::array());
    if (!panels.is_array()) return;                                                 // complete() says so
    for (const json& panel : panels) captions_[panel.value("name", "")] = panel.value("caption", "");
}

std::string description::of_panels(const std::string& sentence) const {
    return filled(sentence, [this](const std::string& name) -> std::optional<std::string> {
        const auto found = captions_.find(name);
        return name.empty() || found == captions_.end() ? std::nullopt : std::optional{found->second};
    });
}

std::vector<std::uint64_t> description::seeds() const {
    if (!text.contains("seeds")) return {};
    return numbers_of<std::uint64_t>(text.at("seeds"), "description " + file_.string(), "seeds");
}

std::vector<measurement> description::measurements() const {
    std::vector<measurement> all;
    const json quantities = text.value("quantities", json::object());
    for (const auto& [name, statement] : quantities.items()) all.push_back({.name = name, .statement = of_panels(statement), .values = {}});
    return all;
}

std::vector<claim> description::claims() const {
    return each_of<claim>("claims", [&](const json& entry) {
        only(entry, {"statement", "paper", "quantity", "is", "differs", "below", "above", "uncertainty", "print", "level", "fails", "gap",
                     "presets"});
        claim c{.statement = of_panels(entry.at("statement")), .paper = entry.at("paper"),
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

std::vector<guard> description::guards() const {
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

std::string description::cost() const { return presets_.contains(preset) ? presets_.at(preset).value("cost", "") : ""; }
void description::complete() const {
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
    for (const json& curve : text.value("curves", json::array())) {
        only(curve, {"name", "panels", "by", "within"});
        require(kind == "table" && curve.size() == 4, where(), "a curve ", curve.dump(), "; \"name\", \"panels\", \"by\" and \"within\" were "
                "expected, in a table");
    }
    require(kind != "table" || (text.contains("columns") && !string("row").empty()), where(), "a table needs \"columns\", and \"row\": what its "
            "rows are");
    for (const auto& [name, value] : options().items())
        require(!reserved().contains(name), where(), "option \"", name, "\": every figure has an option of that name already");
}

const std::set<std::string>& description::fields() {
    static const std::set<std::string> names{"paper", "number", "shows", "title", "claim", "setting", "ran", "seeds", "needs", "kind", "program",
                                             "options", "panels", "measure", "columns", "row", "curves", "quantities", "claims", "guards", "waits",
                                             "presets"};
    return names;
}

const std::set<std::string>& description::reserved() {
    static const std::set<std::string> names{"description", "preset", "seeds", "out", "threads", "device", "network", "help"};
    return names;
}

void description::only(const json& entry, const std::set<std::string>& names) const {
    for (const auto& [name, value] : entry.items()) require(names.contains(name), where(), "unknown field \"", name, "\" in ", entry.dump());
}

std::string description::relation_of(const json& entry, const std::vector<std::string>& relations) const {
    std::string found;
    for (const std::string& name : relations)
        if (entry.contains(name)) require(found.empty(), where(), "two relations in ", entry.dump()), found = name;
    require(!found.empty(), where(), "no relation in ", entry.dump());
    return found;
}

void description::known(const std::string& name) const {
    require(text.value("quantities", json::object()).contains(name), where(), "\"", name, "\" is not among the quantities");
}

}  // namespace ncsn
