// SPDX-License-Identifier: Apache-2.0
/// \file  Named tensors in .safetensors files.
#pragma once

#include <ncsn/arrays/safetensors_file.hpp>
#include <ncsn/arrays/safetensors_writer.hpp>
