// SPDX-License-Identifier: Apache-2.0
/// \file  InstanceNorm++ with its activation, value and adjoints, on every device; group normalisation on the host.
#pragma once

#include <ncsn/arrays/cpu/group_norm.hpp>
#include <ncsn/arrays/cpu/normalization.hpp>
#include <ncsn/arrays/kernels/normalization.hpp>
