// SPDX-License-Identifier: Apache-2.0
/// \file  A model that is trained is a template over the type of its parameters.
// expect: Trainable
#include <ncsn/autodiff/derivatives.hpp>
#include <ncsn/autodiff/functions.hpp>

using namespace ncsn;
using array = tensor<float>;

#ifdef NCSN_FIXED
template <class P = array> struct line {
    P slope;
#else
template <int = 0> struct line {
    array slope;
#endif
    static constexpr std::tuple members{field{"slope", &line::slope}};
};

double wrong(const line<>& model) {
    return value_and_grad([](const auto& m) { return sum(m.slope); }, model).value;
}
