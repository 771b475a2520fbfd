// SPDX-License-Identifier: Apache-2.0
/// \file  Data sets by their names and places, with all their readers: compiled once for all programs.
#include "../common.hpp"

namespace ncsn {

template std::optional<data_set> find_dataset(const std::string&, split, const std::filesystem::path&);
template data_set open_dataset(const std::string&, split, const std::filesystem::path&);

}  // namespace ncsn
