// SPDX-License-Identifier: Apache-2.0
/// \file  The one exception of the library, and the two ways to throw it.
#pragma once

#include <locale>
#include <sstream>
#include <stdexcept>
#include <string>

namespace ncsn {

/// Everything that goes wrong at run time: a message that names the place, what was expected, what was found, and a hint.
struct error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A stream for texts, whose numbers are the same whatever locale a program set: 60000, not 60.000.
struct plain_text : std::ostringstream {
    plain_text() { imbue(std::locale::classic()); }
};

/// The parts written one after the other.
template <class... Parts> std::string joined(const Parts&... parts) {
    plain_text message;
    message.precision(9);
    (message << ... << parts);
    return message.str();
}
/// Throws error with the parts written one after the other.
template <class... Parts> [[noreturn]] void fail(const Parts&... parts) { throw error{joined(parts...)}; }

/// fail(parts...) unless the condition holds; the message costs nothing while it does.
template <class... Parts> void require(bool condition, const Parts&... parts) {
    if (!condition) [[unlikely]] fail(parts...);
}

}  // namespace ncsn
