// SPDX-License-Identifier: Apache-2.0
/// \file  Convolutions in groups with their activation, and what else networks that are only evaluated compute with: on the host, also in a program
/// of the GPU, which convolves nothing else there.
#pragma once

#include <ncsn/arrays/convolution.hpp>
#include <ncsn/arrays/cpu/grouped_convolution.hpp>
#include <ncsn/arrays/cpu/scratch.hpp>
