// SPDX-License-Identifier: Apache-2.0
/// \file  Counts in texts: of command lines, of names.
#pragma once

#include <ncsn/arithmetic/error.hpp>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ncsn {

/// The count that a text is: digits without anything else, not begun with a needless 0, below 2^64. What others take is none: "010", which may be
/// octal, "1e3", which may be 1, "-3", which may be very large, and blanks.
inline std::optional<std::uint64_t> count_in(std::string_view text) {
    if (text.empty() || text.find_first_not_of("0123456789") != text.npos || (text.size() > 1 && text.front() == '0')) return {};
    std::uint64_t value = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) return {};
    return value;
}
/// The same, or an error that begins with the name of what is counted.
inline std::uint64_t count_of(std::string_view name, std::string_view text) {
    const auto value = count_in(text);
    require(value.has_value(), name, " '", text, "' is no count; digits were expected, of a number below 2^64");
    return *value;
}

}  // namespace ncsn
