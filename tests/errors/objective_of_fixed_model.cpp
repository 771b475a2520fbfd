// SPDX-License-Identifier: Apache-2.0
/// \file  An objective takes any model: the one it is asked with has its parameters on a tape.
// expect: it is taken as const auto&
#include "line.hpp"

struct size {
#ifdef NCSN_FIXED
    auto operator()(const auto& model) const { return sum(model.slope * model.slope); }
#else
    auto operator()(const line<array>& model) const { return sum(model.slope * model.slope); }
#endif
};

double wrong(const line<array>& model) { return value_and_grad(size{}, model).value; }
