// SPDX-License-Identifier: Apache-2.0
/// \file  Rows, columns and borders, each beside its transpose, on every device.
#pragma once

#include <ncsn/arrays/cpu/indexing.hpp>
#include <ncsn/arrays/kernels/indexing.hpp>
