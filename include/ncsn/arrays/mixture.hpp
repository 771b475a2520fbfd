// SPDX-License-Identifier: Apache-2.0
/// \file  The score and the density of a mixture of Gaussians, on every device: mixture_score, mixture_exponent.
#pragma once

#include <ncsn/arrays/cpu/mixture.hpp>
#include <ncsn/arrays/kernels/mixture.hpp>
