// SPDX-License-Identifier: Apache-2.0
/// \file  Settings are members too: a lifted copy has the default of one that is not listed.
// expect: `members` must list every data member
#include <ncsn/autodiff/derivatives.hpp>
#include <ncsn/autodiff/functions.hpp>

using namespace ncsn;
using array = tensor<float>;

template <class P> struct scaled_line {
    P slope;
    double scale = 1;
#ifdef NCSN_FIXED
    static constexpr std::tuple members{field{"slope", &scaled_line::slope}, field{"scale", &scaled_line::scale}};
#else
    static constexpr std::tuple members{field{"slope", &scaled_line::slope}};
#endif
};

double wrong(const scaled_line<array>& model) {
    return value_and_grad([](const auto& m) { return sum(m.scale * m.slope); }, model).value;
}
