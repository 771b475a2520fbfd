// SPDX-License-Identifier: Apache-2.0
/// \file  Sums over axes and their transposes, on every device: reduce_to, expand_to, row_maximum, all_finite.
#pragma once

#include <ncsn/arrays/cpu/reductions.hpp>
#include <ncsn/arrays/cpu/softmax.hpp>
#include <ncsn/arrays/kernels/reductions.hpp>
