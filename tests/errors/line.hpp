// SPDX-License-Identifier: Apache-2.0
/// \file  For programs that must not compile: a model of one parameter.
#pragma once

#include <ncsn/autodiff/derivatives.hpp>
#include <ncsn/autodiff/functions.hpp>

using namespace ncsn;
using array = tensor<float>;

template <class P> struct line {
    P slope;
    static constexpr std::tuple members{field{"slope", &line::slope}};
};
