// SPDX-License-Identifier: Apache-2.0
/// \file  A mixture of Gaussians with its exact score at every noise level.
#pragma once

#include <ncsn/arrays/mixture.hpp>
#include <ncsn/arrays/random.hpp>
#include <ncsn/autodiff/structure.hpp>
#include <ncsn/models/score_model.hpp>

#include <cmath>
#include <vector>

namespace ncsn {

/// p(x, σ) = Σ wₖ N(mₖ, c I),  c = spread² + σ².  With spread 0 (atoms) the variance at level σ is σ² itself: the mixture of the NCSN
/// paper's toy code. The paper's own target, unit Gaussians perturbed by noise, is spread 1 and variance 1 + σ².
/// Score: Σ rₖ(x) (mₖ - x) / c,  r = softmaxₖ(ln wₖ - |x - mₖ|² / 2c).   x: [N, D] -> [N, D].
template <Array A> class gaussian_mixture {
public:
    using T = typename A::value_type;
    struct component {
        double weight;
        std::vector<double> mean;
    };

    gaussian_mixture(std::initializer_list<component> components, double spread = 0)
        : gaussian_mixture(std::span{components.begin(), components.size()}, spread) {}
    explicit gaussian_mixture(std::span<const component> components, double spread = 0)
        : spread_{spread}, modes_{components.size()}, dimensions_{components.empty() ? 0 : components.front().mean.size()} {
        require(modes_ > 0 && dimensions_ > 0, "gaussian_mixture: no components; at least one weight and mean is needed");
        require(spread >= 0 && std::isfinite(spread), "gaussian_mixture: spread is ", spread, "; a standard deviation (0 for atoms) was expected");
        double total = 0;
        std::vector<T> means, log_weights;
        for (std::size_t k = 0; k < modes_; ++k) {
            const auto& [weight, mean] = components[k];
            require(weight > 0 && std::isfinite(weight), "gaussian_mixture: weight ", k, " is ", weight, "; a positive number was expected");
            require(mean.size() == dimensions_, "gaussian_mixture: mean ", k, " has ", mean.size(), " coordinates, the first has ", dimensions_);
            weights_.push_back(weight);
            total += weight;
            for (const double coordinate : mean) {
                require(std::isfinite(coordinate), "gaussian_mixture: mean ", k, " has the coordinate ", coordinate,
                        "; finite numbers were expected");
                means.push_back(static_cast<T>(coordinate));
            }
        }
        require(std::isfinite(total), "gaussian_mixture: the weights sum to ", total, "; a finite number was expected");
        for (double& weight : weights_) log_weights.push_back(static_cast<T>(std::log(weight /= total)));
        means_ = A({modes_, dimensions_}, std::span<const T>{means});
        log_weights_ = A({1, modes_}, std::span<const T>{log_weights});
    }

    const std::vector<double>& weights() const { return weights_; }
    const A& means() const { return means_; }                                       ///< [K, D]
    /// The variance of every component at a level: what a step size has to respect.
    double variance(double sigma) const { return spread_ * spread_ + sigma * sigma; }

    /// The exact score.
    template <Differentiable X> auto operator()(const X& x, const noise_levels& z) const {
        check(x);
        const A inverse = inverse_variance(z, x);
        if constexpr (Array<X>) return mixture_score(x, means_, log_weights_, inverse);
        else {
            const auto differences = means_less(x);
            const auto share = reshaped(softmax(exponents(differences, inverse)), {shape_of(x)[0], modes_, 1});
            return inverse * reshaped(summed_to(share * differences, {shape_of(x)[0], 1, dimensions_}), shape_of(x));
        }
    }
    /// ln p(x, σ): [N, D] -> [N, 1].
    template <Differentiable X> auto log_density(const X& x, const noise_levels& z) const {
        check(x);
        const A inverse = inverse_variance(z, x), normalizer = column(z, x, [this](double sigma) {
            return -0.5 * static_cast<double>(dimensions_) * std::log(2 * 3.14159265358979323846 * positive(sigma));
        });
        if constexpr (Array<X>) return mixture_exponent(x, means_, log_weights_, inverse) + normalizer;
        else return row_log_sum_exp(exponents(means_less(x), inverse)) + normalizer;
    }
    /// n independent points, of the mixture blurred by noise of standard deviation sigma.
    A sample(std::size_t n, philox& rng, double sigma = 0) const {
        require(sigma >= 0 && std::isfinite(sigma), "gaussian_mixture: samples with noise ", sigma, "; 0 or a standard deviation was expected");
        std::vector<std::size_t> chosen(n);
        for (std::size_t i = 0; i < n; ++i) {
            double u = half_open_unit<double>(rng.word(rng.first_sample + i));
            while (chosen[i] + 1 < modes_ && u >= weights_[chosen[i]]) u -= weights_[chosen[i]++];
        }
        ++rng.draw;
        const A x = gather_rows(means_, chosen), z = normal_like(x, rng);
        const double deviation = std::sqrt(variance(sigma));
        return deviation == 0 ? x : x + deviation * z;
    }

private:
    void check(const Differentiable auto& x) const {
        require(shape_of(x).rank() == 2 && shape_of(x)[1] == dimensions_, "gaussian_mixture: x is ", shape_of(x), "; [N,", dimensions_,
                "] was expected");
    }
    double positive(double sigma) const {
        const double c = variance(sigma);
        require(c > 0, "gaussian_mixture: atoms have no density without noise; ask at a noise level above 0 or give the mixture a spread");
        return c;
    }
    A inverse_variance(const noise_levels& z, const Differentiable auto& x) const {
        return column(z, x, [this](double sigma) { return 1 / positive(sigma); });
    }
    /// mₖ - x: [N, K, D]. Differences come first, so that a small variance costs no digits.
    template <Differentiable X> auto means_less(const X& x) const { return means_ - reshaped(x, {shape_of(x)[0], 1, dimensions_}); }
    /// ln wₖ - |mₖ - x|² / 2c: [N, K].
    template <Differentiable X> auto exponents(const X& differences, const A& inverse) const {
        const std::size_t n = shape_of(differences)[0];
        const auto squares = reshaped(summed_to(square(differences), {n, modes_, 1}), {n, modes_});
        return (-0.5 * inverse) * squares + log_weights_;
    }

    double spread_;
    std::size_t modes_, dimensions_;
    std::vector<double> weights_;
    A means_, log_weights_;
};

}  // namespace ncsn
