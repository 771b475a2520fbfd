// SPDX-License-Identifier: Apache-2.0
/// \file  Pooling and resizing, each beside its transpose, on every device.
#pragma once

#include <ncsn/arrays/cpu/pooling.hpp>
#include <ncsn/arrays/cpu/resizing.hpp>
#include <ncsn/arrays/kernels/pooling.hpp>
#include <ncsn/arrays/kernels/resizing.hpp>
