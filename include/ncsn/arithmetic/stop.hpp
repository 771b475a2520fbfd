// SPDX-License-Identifier: Apache-2.0
/// \file  Ending a long run from outside.
#pragma once

#include <ncsn/arithmetic/error.hpp>

#include <stop_token>

namespace ncsn {

/// Thrown by a run that was asked to stop and has no result yet. Who asked for it catches it before `error`.
struct stopped : error {
    using error::error;
};
/// Throws `stopped` where a stop was asked for. A token of nobody, std::stop_token{}, costs a comparison of pointers.
inline void end_if_stopped(const std::stop_token& stop, const char* where) {
    if (stop.stop_requested()) [[unlikely]] throw stopped{std::string{where} + ": stopped before the end, as was asked for; there is no result"};
}

}  // namespace ncsn
