// SPDX-License-Identifier: Apache-2.0
/// \file  The gradient of a loss for the parameters of a model against central differences.
#pragma once

#include <ncsn/autodiff/derivatives.hpp>

#include <algorithm>
#include <cmath>

namespace ncsn {

/// The largest difference between the gradient of loss(model) and central differences, over all parameters, relative to the largest entry of
/// the gradient. The model holds double; differences are good to about h² + 1e-16/h = 2e-10. The loss must use the same noise every time.
template <class Loss, Module M> double gradient_error(const Loss& loss, const M& model) {
    const double h = 1e-5;
    const auto [value, gradient] = value_and_grad(loss, model);
    double largest = std::abs(value - plain(loss(model)).item()) < 1e-12 ? 0 : 1, scale = 0;
    M moved = model;
    for_each_leaf([&](auto& p, const auto& g) {
        for (std::size_t i = 0; i < p.size(); ++i) {
            const double at = p[i];
            p.write()[i] = at + h;
            const double up = plain(loss(moved)).item();
            p.write()[i] = at - h;
            const double down = plain(loss(moved)).item();
            p.write()[i] = at;
            const double difference = std::abs((up - down) / (2 * h) - g[i]);
            if (!(difference <= largest)) largest = difference;                       // so that NaN is an error
            scale = std::max(scale, std::abs(g[i]));
        }
    }, moved, gradient);
    return scale > 0 ? largest / scale : 1;
}

}  // namespace ncsn
