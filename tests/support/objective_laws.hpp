// SPDX-License-Identifier: Apache-2.0
/// \file  What an objective has to be at the true score and around it, and the checks that hold it to that.
#pragma once

#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/training/objective.hpp>

#include <string>

namespace ncsn {

/// s = -(x - m)/(variance + σ²), coordinate by coordinate: the exact score of a Gaussian.
struct gaussian_data {
    tensor<double, cpu> mean, variances;  ///< [1, D]

    template <Differentiable X> X operator()(const X& x, const noise_levels& z) const {
        const tensor<double, cpu> square = column(z, x, [](double sigma) { return sigma * sigma; });
        return -((x - mean) * reciprocal(variances + square));
    }
    tensor<double, cpu> sample(std::size_t n, philox& rng) const {
        return mean + sqrt(variances) * normal<tensor<double, cpu>>({n, variances.size()}, rng);
    }
};

/// The directions in which a score is changed. All but the last two are the same at every level; the rotation (x₂, -x₁) is no gradient, and the
/// shear (x₂, x₁) has all of its derivative off the diagonal, where projections with the wrong covariance show.
enum class direction { constant, linear, rotation, shear, bounded, first_level, last_level };
inline constexpr direction all_directions[] = {direction::constant, direction::linear,      direction::rotation,  direction::shear,
                                               direction::bounded,  direction::first_level, direction::last_level};

/// share s(x, σ) + δ g(x, σ).
template <class S> struct changed_score {
    const S& truth;
    double share = 1, delta = 0;
    direction along = direction::constant;
    std::size_t levels = 1;

    template <Differentiable X> X operator()(const X& x, const noise_levels& z) const {
        const X s = share * truth(x, z);
        if (delta == 0) return s;
        if (along == direction::linear) return s + delta * x;
        if (along == direction::bounded) return s + delta * tanh(x);
        if (along == direction::rotation || along == direction::shear)
            return s + delta * concatenated(columns(x, 1, 1), X{(along == direction::shear ? 1.0 : -1.0) * columns(x, 0, 1)});
        std::vector<double> here;
        for (const std::size_t i : z.index)
            here.push_back(along == direction::constant || i == (along == direction::first_level ? 0 : levels - 1) ? delta : 0);
        const shape extents{here.size(), 1};
        return s + tensor<double, cpu>(extents, std::span<const double>{here}) * tensor<double, cpu>({1, 2}, {1, -0.5});
    }
};

/// What an objective claims, all of it averaged over its levels: ½ w (c - F) with F = E|s|² at the true score s, ½ w c at the score 0, and at s + δ g
/// ½ w δ² E|g|² more than at s.
struct claim {
    std::string name;
    std::vector<double> sigmas, weights, constants;
};
/// Score matching at the data and its sliced forms: c = 0.
inline claim claims_score_matching(std::string name, double weight = 1) { return {std::move(name), {0}, {weight}, {0}}; }
/// Sliced score matching at noisy data: w = σ², c = 0.
inline claim claims_annealed_slicing(std::string name, const std::vector<double>& sigmas, double share = 1) {
    claim c{std::move(name), sigmas, {}, std::vector<double>(sigmas.size())};
    for (const double sigma : sigmas) c.weights.push_back(share * sigma * sigma);
    return c;
}
/// Denoising score matching: w = σᵖ, c = D/σ².
inline claim claims_denoising(std::string name, const std::vector<double>& sigmas, double power, double dimensions) {
    claim c{std::move(name), sigmas, {}, {}};
    for (const double sigma : sigmas) c.weights.push_back(std::pow(sigma, power)), c.constants.push_back(dimensions / (sigma * sigma));
    return c;
}

/// A mean with its standard error.
struct estimated {
    double mean, error;
};
inline estimated estimate(const std::vector<double>& numbers) {
    const double n = static_cast<double>(numbers.size());
    double mean = 0, square = 0;
    for (const double x : numbers) mean += x / n;
    for (const double x : numbers) square += (x - mean) * (x - mean);
    return {mean, std::sqrt(square / (n - 1) / n)};
}

/// What an objective fails of its claim on data in the plane, "" if nothing; 200 batches of 300 samples, each number within 4 standard errors of its
/// own (5 where seven directions are asked, and never better than rounding):
///   value      at the true score
///   zero       at the score 0
///   gradient   along seven directions it is 0 at the true score; the loss is quadratic in the score, so a central difference is exact
///   curvature  along the constant directions it is w |g|²: level by level, the weights
///   minimum    in every direction the loss grows
template <class Loss, class S> std::string objective_failures(const claim& claimed, const Loss& loss, const S& truth) {
    using A = tensor<double, cpu>;
    constexpr std::size_t batches = 200, size = 300;
    constexpr double delta = 0.5, squared_length = 1.25;                                        // |(1, -½)|²
    const std::size_t L = claimed.sigmas.size();
    const double levels = static_cast<double>(L);
    double value = 0, value_error = 0, zero = 0;
    for (std::size_t i = 0; i < L; ++i) {                                                       // F by 40,000 samples of another stream
        philox rng{7, 1};
        const A x = truth.sample(40000, rng), s = truth(A{x + claimed.sigmas[i] * normal_like(x, rng)}, noise_levels{{i}, {claimed.sigmas[i]}});
        const A squares = row_dot(s, s);
        const estimated fisher = estimate({squares.values().begin(), squares.values().end()});
        value += 0.5 * claimed.weights[i] * (claimed.constants[i] - fisher.mean) / levels;
        value_error += 0.5 * claimed.weights[i] * fisher.error / levels;                        // added, as if they failed together
        zero += 0.5 * claimed.weights[i] * claimed.constants[i] / levels;
    }
    const auto run = [&](std::size_t batch, double share, double change, direction along) {
        philox rng{11, static_cast<std::uint32_t>(batch)};
        const A x = truth.sample(size, rng);
        return loss(changed_score<S>{truth, share, change, along, L}, x, rng).item();
    };
    std::vector<double> at_truth, at_zero;
    for (std::size_t b = 0; b < batches; ++b) {
        at_truth.push_back(run(b, 1, 0, direction::constant));
        at_zero.push_back(run(b, 0, 0, direction::constant));
    }
    const auto off = [](const estimated& found, double expected, double errors, double more = 0) {
        return std::abs(found.mean - expected) > errors * std::hypot(found.error, more) + 1e-9 * (1 + std::abs(expected));
    };
    std::string failed;
    const auto add = [&failed](const char* check) { failed += (failed.empty() ? "" : ", ") + std::string{check}; };
    if (off(estimate(at_truth), value, 4, value_error)) add("value");
    if (off(estimate(at_zero), zero, 4)) add("zero");
    bool flat = true, curved = true, least = true;
    for (const direction along : all_directions) {
        std::vector<double> slope, curvature;
        for (std::size_t b = 0; b < batches; ++b) {
            const double more = run(b, 1, delta, along), less = run(b, 1, -delta, along);
            slope.push_back((more - less) / (2 * delta));
            curvature.push_back((more + less - 2 * at_truth[b]) / (delta * delta));
        }
        flat = flat && !off(estimate(slope), 0, 5);
        least = least && estimate(curvature).mean > 0;
        double expected = 0;
        for (std::size_t i = 0; i < L; ++i)
            if (along == direction::constant || (along == direction::first_level && i == 0) || (along == direction::last_level && i + 1 == L))
                expected += claimed.weights[i] * squared_length / levels;
        if (along == direction::constant || along == direction::first_level || along == direction::last_level)
            curved = curved && !off(estimate(curvature), expected, 5);
    }
    if (!flat) add("gradient");
    if (!curved) add("curvature");
    if (!least) add("minimum");
    return failed;
}

/// The two sets of data: a Gaussian of unequal widths, whose F = Σ 1/(variance + σ²), and a mixture.
inline const gaussian_data& plane_gaussian() {
    static const gaussian_data data{tensor<double, cpu>({1, 2}, {0.5, -1}), tensor<double, cpu>({1, 2}, {0.3, 1.5})};
    return data;
}
inline const gaussian_mixture<tensor<double, cpu>>& plane_mixture() {
    static const gaussian_mixture<tensor<double, cpu>> data{{{0.6, {1, 0.5}}, {0.4, {-1, -0.5}}}, 0.7};
    return data;
}
inline std::string objective_failures(const claim& claimed, const auto& loss) {
    const std::string gaussian = objective_failures(claimed, loss, plane_gaussian()), mixture = objective_failures(claimed, loss, plane_mixture());
    return (gaussian.empty() ? "" : "gaussian: " + gaussian) + (gaussian.empty() || mixture.empty() ? "" : "; ") +
           (mixture.empty() ? "" : "mixture: " + mixture);
}

}  // namespace ncsn
