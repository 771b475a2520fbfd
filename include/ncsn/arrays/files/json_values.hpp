// SPDX-License-Identifier: Apache-2.0
/// \file  JSON that comes from outside: parsed within limits, and numbers of it that are what they should be.
#pragma once

#include <ncsn/arithmetic/error.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace ncsn {

/// What a settings file may have: brackets within brackets, and bytes. Ours have three and a thousand; a parser that goes on costs more than linear
/// time, and a deep value more stack than there is.
inline constexpr std::size_t deepest_json = 64, longest_json = 1 << 16;

/// The value that the text says. `place` begins the message of a failure, as in: run "x": config.json. Objects of many names belong into a Json that
/// finds them by order, as nlohmann::json does: the time of an ordered_json grows with their square.
template <class Json = nlohmann::ordered_json>
Json parse_json(std::string_view text, std::string_view place, std::size_t longest = longest_json) {
    require(text.size() <= longest, place, ": ", text.size(), " bytes of JSON; at most ", longest, " were expected");
    std::size_t depth = 0;
    bool word = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (word && text[i] == '\\') ++i;
        else if (text[i] == '"') word = !word;
        else if (!word && (text[i] == '{' || text[i] == '['))
            require(++depth <= deepest_json, place, ": JSON nested more than ", deepest_json, " deep; settings were expected");
        else if (!word && (text[i] == '}' || text[i] == ']') && depth > 0) --depth;
    }
    try {
        return Json::parse(text);
    } catch (const nlohmann::json::exception& reason) {
        fail(place, " is not valid JSON (", reason.what(), ")");
    }
}

/// The same of a file's bytes.
template <class Json = nlohmann::ordered_json>
Json parse_json(const std::vector<std::uint8_t>& bytes, std::string_view place, std::size_t longest = longest_json) {
    return parse_json<Json>(std::string_view{reinterpret_cast<const char*>(bytes.data()), bytes.size()}, place, longest);
}

/// A number of a file as T: an integer within what T holds and within [least, most], or a finite number within them. What JSON would cast (-1 to a
/// count, 1.5 or 1e300 to an integer, true to 1) is an error. `place` and `name` begin the message.
template <class T, class Json>
T number_of(const Json& value, std::string_view place, std::string_view name, T least = std::numeric_limits<T>::lowest(),
            T most = std::numeric_limits<T>::max()) {
    bool good = false;
    T number{};
    if constexpr (std::is_integral_v<T>) {
        if (value.is_number_unsigned()) {
            const auto found = value.template get<std::uint64_t>();
            good = std::in_range<T>(found), number = static_cast<T>(found);
        } else if (value.is_number_integer()) {
            const auto found = value.template get<std::int64_t>();
            good = std::in_range<T>(found), number = static_cast<T>(found);
        }
    } else if (value.is_number()) {
        const auto found = value.template get<double>();
        good = std::isfinite(found), number = static_cast<T>(found);
    }
    require(good && number >= least && number <= most, place, ": \"", name, "\" is ", value.is_structured() ? Json(value.type_name()) : value,
            "; ", std::is_integral_v<T> ? "an integer" : "a number", " from ", least, " to ", most, " was expected");
    return number;
}

/// The same of a list: each of its entries.
template <class T, class Json>
std::vector<T> numbers_of(const Json& value, std::string_view place, std::string_view name, T least = std::numeric_limits<T>::lowest(),
                          T most = std::numeric_limits<T>::max()) {
    require(value.is_array(), place, ": \"", name, "\" is no list; numbers were expected");
    std::vector<T> all;
    for (const Json& entry : value) all.push_back(number_of<T>(entry, place, name, least, most));
    return all;
}

}  // namespace ncsn
