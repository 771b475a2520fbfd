// SPDX-License-Identifier: Apache-2.0
/// \file  InstanceNorm++ with its activation, value and adjoints, on every device.
#pragma once

#include <ncsn/arrays/cpu/normalization.hpp>
#include <ncsn/arrays/kernels/normalization.hpp>
