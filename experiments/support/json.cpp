// SPDX-License-Identifier: Apache-2.0
/// \file  What of JSON all programs have.
#include "json.hpp"

namespace ncsn {

template json parse_json<json>(std::string_view, std::string_view, std::size_t);
template json parse_json<json>(const std::vector<std::uint8_t>&, std::string_view, std::size_t);

}  // namespace ncsn

template class nlohmann::basic_json<nlohmann::ordered_map>;
template class nlohmann::detail::serializer<nlohmann::ordered_json>;
