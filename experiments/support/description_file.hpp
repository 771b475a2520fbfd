// SPDX-License-Identifier: Apache-2.0
/// \file  The text of a description: a JSON file, and what another one says where this one says nothing.
#pragma once

#include <ncsn/arrays/files/read_file.hpp>

#include "json.hpp"

#include <filesystem>
#include <string>

namespace ncsn {

/// What a JSON file says, which may be as long as settings are, or so many bytes. `what` it is begins the message of a failure.
inline json read_json_file(const std::filesystem::path& file, const std::string& what, std::size_t longest = longest_json) {
    const char* const remedy = what == "description" ? "give a figure.json with --description" : "a program or this repository writes it";
    return parse_json(read_file(file, remedy), what + ' ' + file.string(), longest);
}
/// Of results that list what they have of every level or sample.
inline constexpr std::size_t longest_results = std::size_t{1} << 20;

/// reproduce/figures/PAPER/ID/figure.json. With "like": "PAPER/ID" that figure's text holds where this one says nothing else.
inline json read_description(const std::filesystem::path& file, std::size_t deep = 0) {
    constexpr std::size_t deepest = 8;
    require(deep < deepest, "description ", file, ": it is like one that is like another, ", deepest, " times; is one like itself?");
    json own = read_json_file(file, "description");
    require(own.is_object(), "description ", file, ": it is no object; {\"paper\": ...} was expected");
    if (!own.contains("like")) return own;
    const std::filesystem::path figures = file.parent_path().parent_path().parent_path();
    json other = read_description(figures / own.at("like").get<std::string>() / "figure.json", deep + 1);
    own.erase("like");
    other.merge_patch(own);
    return other;
}

/// The changes of a preset of a description or of a network's recipe; a preset that is a text is the same as the one of that name. `where` begins the
/// message of a failure.
inline json preset_in(const json& text, const std::string& name, const std::string& where) {
    const auto presets = text.find("presets");
    require(presets != text.end() && presets->is_object() && presets->contains(name), where, "preset ", name, " is missing");
    const json& changes = presets->at(name);
    require(changes.is_object() || changes.is_string(), where, "preset ", name, " is ", changes.type_name(), "; its changes, or the name of another "
            "preset, were expected");
    if (!changes.is_string()) return changes;
    const auto other = presets->find(changes.get<std::string>());
    require(other != presets->end() && other->is_object(), where, "preset ", name, " is said to be as ", changes, ", which is none");
    return *other;
}

/// "50000" as "50,000"; what is no whole number stays.
inline std::string with_thousands(const std::string& number) {
    if (number.find_first_not_of("0123456789") != std::string::npos) return number;
    std::string text;
    for (std::size_t i = 0; i < number.size(); ++i) {
        if (i > 0 && (number.size() - i) % 3 == 0) text += ',';
        text += number[i];
    }
    return text;
}

}  // namespace ncsn
