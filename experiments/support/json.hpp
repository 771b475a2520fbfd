// SPDX-License-Identifier: Apache-2.0
/// \file  JSON as programs use it, compiled once (support/json.cpp): its own code costs a source 3 s.
#pragma once

#include <ncsn/arrays/files/json_values.hpp>

namespace ncsn {

using json = nlohmann::ordered_json;

extern template json parse_json<json>(std::string_view, std::string_view, std::size_t);
extern template json parse_json<json>(const std::vector<std::uint8_t>&, std::string_view, std::size_t);

}  // namespace ncsn

extern template class nlohmann::basic_json<nlohmann::ordered_map>;
extern template class nlohmann::detail::serializer<nlohmann::ordered_json>;
