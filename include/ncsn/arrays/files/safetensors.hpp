// SPDX-License-Identifier: Apache-2.0
/// \file  Named tensors in .safetensors files.
#pragma once

#include <ncsn/arrays/files/safetensors_file.hpp>
#include <ncsn/arrays/files/safetensors_writer.hpp>
