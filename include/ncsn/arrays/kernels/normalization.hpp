// SPDX-License-Identifier: Apache-2.0
/// \file  InstanceNorm++ with its activation, value and adjoints, on a device that runs kernels.
///
/// Three kernels each way. The first visits x (and ȳ) once and leaves sums over chunks of positions; a thread owns a pack of neighbouring channels,
/// so that memory is read at full width and nothing is shared. The second, a group a sample, puts the chunks together and works across channels;
/// it sees no image. The third visits x (and ȳ) again and writes. Sums of a chunk are float around the chunk's first element, so that a mean far
/// from 0 costs no digits; chunks are put together in double. How a sample is divided depends on the sample alone: its bits do not depend on the
/// batch. The slope of ELU is computed again from x, which is cheaper than reading y.
#pragma once

#include <ncsn/arrays/kernels/normalization_backward.hpp>
#include <ncsn/arrays/kernels/normalization_forward.hpp>
