// SPDX-License-Identifier: Apache-2.0
/// \file  Everything that changes the extents of an image and is linear: pools and resizings.
#pragma once

#include <ncsn/arrays/cpu/pooling.hpp>
#include <ncsn/arrays/cpu/resizing.hpp>
