// SPDX-License-Identifier: Apache-2.0
/// \file  The main of a program: its options, and one way to end with an error.
#pragma once

#include "common.hpp"
#include "options.hpp"

#include <functional>

namespace ncsn {

/// Parses the arguments and runs the body; what it throws becomes one message and exit status 1. Adds --threads where there is no such option,
/// and --device.
int run_program(program_options& app, int argc, char** argv, const device_of_program& device, const std::function<int()>& body);
inline int run_program(program_options& app, int argc, char** argv, const std::function<int()>& body) {
    return run_program(app, argc, argv, this_device, body);
}

}  // namespace ncsn
