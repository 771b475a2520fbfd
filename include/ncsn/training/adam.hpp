// SPDX-License-Identifier: Apache-2.0
/// \file  The Adam optimizer.
#pragma once

#include <ncsn/arrays/graph_capture.hpp>
#include <ncsn/autodiff/module.hpp>

#include <cmath>

namespace ncsn {

/// `keras`: ε stands beside √v as it is and not beside √v̂, so early steps are smaller where gradients are near ε; Keras has ε = 1e-7. Part of the
/// program and not of its checkpoints, as a schedule of rates is.
struct adam_settings {
    double rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
    bool keras = false;
    static constexpr std::tuple state{field{"rate", &adam_settings::rate}, field{"beta1", &adam_settings::beta1},
                                      field{"beta2", &adam_settings::beta2}, field{"epsilon", &adam_settings::epsilon}};

    void check() const {
        require(std::abs(beta1) < 1 && beta2 >= 0 && beta2 < 1, "adam: beta1 = ", beta1, ", beta2 = ", beta2,
                "; -1 < beta1 < 1 and 0 <= beta2 < 1 were expected");
        require(std::isfinite(rate) && rate >= 0 && std::isfinite(epsilon) && epsilon > 0, "adam: rate = ", rate, ", epsilon = ", epsilon,
                "; a rate of 0 or more and a positive epsilon were expected");
    }
};

/// What Keras has by default, and so what programs written with TensorFlow have.
inline constexpr adam_settings keras_adam{.epsilon = 1e-7, .keras = true};

/// One element of Adam's update; the bias corrections are folded into the two factors.
struct adam_update {
    double beta1, beta2, rate, correction, epsilon;
    template <class T> NCSN_HD void operator()(T& parameter, T& first, T& second, const T& gradient) const {
        first = static_cast<T>(beta1) * first + static_cast<T>(1 - beta1) * gradient;
        second = static_cast<T>(beta2) * second + static_cast<T>(1 - beta2) * gradient * gradient;
        parameter -= static_cast<T>(rate) * first / (std::sqrt(second) * static_cast<T>(correction) + static_cast<T>(epsilon));
    }
};
/// The same where steps are captured: what changes from step to step comes from the memory of the device, {rate, correction, epsilon}.
template <class T> struct captured_adam_update {
    adam_update fixed;
    const T* changing;
    NCSN_HD void operator()(T& parameter, T& first, T& second, const T& gradient) const {
        adam_update update = fixed;
        update.rate = static_cast<double>(changing[0]);
        update.correction = static_cast<double>(changing[1]);
        update.epsilon = static_cast<double>(changing[2]);
        update(parameter, first, second, gradient);
    }
};

/// Adam (Kingma & Ba 2015): m <- β₁ m + (1-β₁) g, v <- β₂ v + (1-β₂) g², θ <- θ - rate m̂ / (√v̂ + ε) with bias-corrected moments
/// m̂ = m/(1-β₁ᵗ), v̂ = v/(1-β₂ᵗ); in Keras' form  θ <- θ - rate √(1-β₂ᵗ)/(1-β₁ᵗ) m / (√v + ε).
/// β₁ may be negative (adversarial score matching's discriminator uses -0.5).
template <Module M> struct adam {
    M first, second;                                                                ///< the two moments, each of the type of the model
    std::size_t steps = 0;
    adam_settings settings;
    static constexpr std::tuple state{field{"first", &adam::first}, field{"second", &adam::second}, field{"steps", &adam::steps},
                                      field{"settings", &adam::settings}};

    explicit adam(const M& model, adam_settings s = {}) : settings{s} {
        s.check();
        first = second = converted<M>(model, [](const auto& p) { return zeros_like(p); });
    }
    void step(M& model, const M& gradient) {
        settings.check();                                                           // they may be changed from step to step
        ++steps;
        const double n = static_cast<double>(steps);
        const double correction = 1 / std::sqrt(1 - std::pow(settings.beta2, n));
        const adam_update update{settings.beta1, settings.beta2, settings.rate / (1 - std::pow(settings.beta1, n)), correction,
                                 settings.keras ? correction * settings.epsilon : settings.epsilon};
        using A = parameter_t<M>;
        using T = typename A::value_type;
        if constexpr (CapturingDevice<typename A::device_type>) {
            const A changing{shape{3}, {static_cast<T>(update.rate), static_cast<T>(update.correction), static_cast<T>(update.epsilon)}};
            update_parameters(captured_adam_update<T>{update, changing.data()}, model, first, second, gradient);
        } else update_parameters(update, model, first, second, gradient);
    }
};
template <class M> adam(const M&) -> adam<M>;
template <class M> adam(const M&, adam_settings) -> adam<M>;

}  // namespace ncsn
