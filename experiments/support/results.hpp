// SPDX-License-Identifier: Apache-2.0
/// \file  Places for results, and names of them on a command line.
#pragma once

#include <ncsn/arrays/files/atomic_file.hpp>

#include "json.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <string>

namespace ncsn {

/// Text as one word of a shell, quoted where it has to be.
inline std::string shell_quoted(const std::string& text) {
    const auto ordinary = [](unsigned char letter) { return letter < 128 && (std::isalnum(letter) || std::strchr("_-+=./,:@%", letter)); };
    const bool plain = !text.empty() && std::ranges::all_of(text, ordinary);
    if (plain) return text;
    std::string word = "'";
    for (const char letter : text) word += letter == '\'' ? std::string{"'\\''"} : std::string(1, letter);
    return word + "'";
}

/// Throws, before the work, where a file of that name could not be written after it; what is there stays.
inline void require_place(const std::filesystem::path& file) { atomic_file{file}; }

/// Makes a folder for results; refuses one that has the first of them unless they may be replaced, and one that cannot hold all of them.
inline void make_folder(const std::filesystem::path& folder, std::initializer_list<const char*> results, bool replace) {
    const char* const result = *results.begin();
    std::error_code reason;
    require(replace || !std::filesystem::exists(folder / result, reason), "--out ", folder, ": holds ", result,
            " already; use --force to replace it, or choose another folder");
    std::filesystem::create_directories(folder, reason);
    require(!reason, "--out ", folder, ": cannot make this folder (", reason.message(), "); ", remedy(reason.value()));
    for (const char* file : results) require_place(folder / file);
}

/// Removes what tells of earlier results: it would pass for what tells of these.
inline void forget(const std::filesystem::path& file) {
    std::error_code none;
    std::filesystem::remove(file, none);
}

/// Writes a JSON file; atomic.
inline void save_json(const std::filesystem::path& path, const json& value) { save_text(path, value.dump(2) + '\n'); }

/// Whether a text is UTF-8, by the judge who will see it last.
inline bool is_utf8(const std::string& text) {
    try {
        (void)json(text).dump();
        return true;
    } catch (const nlohmann::json::exception&) {
        return false;
    }
}

}  // namespace ncsn
