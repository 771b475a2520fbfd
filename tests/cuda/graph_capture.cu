// SPDX-License-Identifier: Apache-2.0
/// \file  arrays/graph_capture.cpp on the GPU, which captures graphs.
#include <arrays/graph_capture.cpp>
