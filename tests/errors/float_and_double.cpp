// SPDX-License-Identifier: Apache-2.0
/// \file  Tensors of float and of double do not mix.
// expect: deduced conflicting types .*float.*double
#include <ncsn/autodiff/functions.hpp>

using namespace ncsn;

#ifdef NCSN_FIXED
tensor<float> wrong(const tensor<float>& x, const tensor<float>& y) { return x + y; }
#else
tensor<float> wrong(const tensor<float>& x, const tensor<double>& y) { return x + y; }
#endif
