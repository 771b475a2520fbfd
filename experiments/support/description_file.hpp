// SPDX-License-Identifier: Apache-2.0
/// \file  The text of a description: a JSON file, and what another one says where this one says nothing.
#pragma once

#include <ncsn/arithmetic/error.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <string>

namespace ncsn {

inline nlohmann::ordered_json read_json_file(const std::filesystem::path& file) {
    std::ifstream stream{file};
    require(stream.good(), "description ", file, ": cannot be read; give a figure.json with --description");
    return nlohmann::ordered_json::parse(stream);
}

/// reproduce/figures/PAPER/ID/figure.json. With "like": "PAPER/ID" that figure's text holds where this one says nothing else.
inline nlohmann::ordered_json read_description(const std::filesystem::path& file) {
    nlohmann::ordered_json own = read_json_file(file);
    if (!own.contains("like")) return own;
    const std::filesystem::path figures = file.parent_path().parent_path().parent_path();
    nlohmann::ordered_json other = read_description(figures / own.at("like").get<std::string>() / "figure.json");
    own.erase("like");
    other.merge_patch(own);
    return other;
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
