// SPDX-License-Identifier: Apache-2.0
/// \file  The folders of data sets and published weights that have a name.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace ncsn {

/// Where data/fetch puts what has that name:  $NCSN_DATA/NAME, or data/NAME where there is no such variable.
inline std::filesystem::path data_folder(const std::string& name) {
    const char* root = std::getenv("NCSN_DATA");
    return std::filesystem::path{root && *root ? root : "data"} / name;
}
/// The published weights of that name there, NAME/NAME.safetensors; an empty path if they are not.
inline std::filesystem::path find_published(const std::string& name) {
    const auto path = data_folder(name) / (name + ".safetensors");
    std::error_code ignored;
    return std::filesystem::is_regular_file(path, ignored) ? path : std::filesystem::path{};
}

}  // namespace ncsn
