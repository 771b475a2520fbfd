// SPDX-License-Identifier: Apache-2.0
/// \file  An option that says which other options there are.
#pragma once

#include <string>

namespace ncsn {

/// The value of an option before all options are known: which there are follows from it.
inline std::string early_option(int argc, char** argv, const std::string& name, std::string otherwise) {
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == name && i + 1 < argc) otherwise = argv[i + 1];
        else if (word.starts_with(name + "=")) otherwise = word.substr(name.size() + 1);
    }
    return otherwise;
}

}  // namespace ncsn
