// SPDX-License-Identifier: Apache-2.0
/// \file  `members` lists every data member: a lifted copy has no others. With a constructor the class is no aggregate, and the same holds.
// expect: `members` must list every data member
#include <ncsn/autodiff/derivatives.hpp>
#include <ncsn/autodiff/functions.hpp>

using namespace ncsn;
using array = tensor<float>;

template <class P> struct line {
    P slope, offset;
#ifdef NCSN_FIXED
    static constexpr std::tuple members{field{"slope", &line::slope}, field{"offset", &line::offset}};
#else
    static constexpr std::tuple members{field{"slope", &line::slope}};
#endif
    line() = default;
    explicit line(double a) requires Array<P> : slope{shape{1}, static_cast<float>(a)}, offset{shape{1}} {}
};

double wrong(const line<array>& model) {
    return value_and_grad([](const auto& m) { return sum(m.slope + m.offset); }, model).value;
}
