// SPDX-License-Identifier: Apache-2.0
/// \file  An element of a tensor is read by its index and written through write(): tensors share their elements until then.
// expect: lvalue required as left operand of assignment
#include <ncsn/arrays/tensor.hpp>

void wrong(ncsn::tensor<float>& x) {
#ifdef NCSN_FIXED
    x.write()[0] = 1;
#else
    x[0] = 1;
#endif
}
