// SPDX-License-Identifier: Apache-2.0
/// \file  The running average of a model.
#pragma once

#include <ncsn/autodiff/module.hpp>

namespace ncsn {

struct blend_update {
    double rate;
    template <class T> NCSN_HD void operator()(T& average, const T& value) const {
        average = static_cast<T>(rate) * average + static_cast<T>(1 - rate) * value;
    }
};

/// θ̄ <- μ θ̄ + (1-μ) θ after every step, from θ̄₀ = θ₀. Samples drawn with θ̄ are better than those of any single θ.
template <Module M> struct ema {
    M average;
    double rate;
    static constexpr std::tuple state{field{"", &ema::average}, field{"rate", &ema::rate}};

    explicit ema(const M& model, double r = 0.999) : average{model}, rate{r} { check(); }
    void check() const { require(rate >= 0 && rate < 1, "ema: rate is ", rate, "; 0 <= rate < 1 was expected"); }
    void update(const M& model) {
        check();                                                                    // the rate may be changed from step to step
        update_all(blend_update{rate}, average, model);
    }
    const M& model() const { return average; }
};
template <class M> ema(const M&) -> ema<M>;
template <class M> ema(const M&, double) -> ema<M>;

}  // namespace ncsn
