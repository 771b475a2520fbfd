// SPDX-License-Identifier: Apache-2.0
/// \file  The members of an aggregate are counted: a setting shows that is so small that it changes no size.
// expect: `members` must list every data member
#include <ncsn/autodiff/derivatives.hpp>
#include <ncsn/autodiff/functions.hpp>

using namespace ncsn;
using array = tensor<float>;

template <class P> struct switched_line {
    P slope;
    bool doubled = false, negated = false;
#ifdef NCSN_FIXED
    static constexpr std::tuple members{field{"slope", &switched_line::slope}, field{"doubled", &switched_line::doubled},
                                        field{"negated", &switched_line::negated}};
#else
    static constexpr std::tuple members{field{"slope", &switched_line::slope}, field{"doubled", &switched_line::doubled}};
#endif
};

double wrong(const switched_line<array>& model) {
    return value_and_grad([](const auto& m) { return (m.doubled ? 2.0 : 1.0) * (m.negated ? -1.0 : 1.0) * sum(m.slope); }, model).value;
}
