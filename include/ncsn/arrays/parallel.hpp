// SPDX-License-Identifier: Apache-2.0
/// \file  Loops of the host over independent parts, for what is computed there whatever the device: statistics.
#pragma once

#include <ncsn/arrays/cpu/parallel.hpp>
