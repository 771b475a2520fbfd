// SPDX-License-Identifier: Apache-2.0
/// \file  An objective returns one number on the tape: a number of the host has no gradient.
// expect: a loss returns one number on the tape
#include "line.hpp"

struct size {
#ifdef NCSN_FIXED
    auto operator()(const auto& model) const { return sum(model.slope * model.slope); }
#else
    double operator()(const auto& model) const { return static_cast<double>(plain(sum(model.slope * model.slope)).item()); }
#endif
};

double wrong(const line<array>& model) { return value_and_grad(size{}, model).value; }
