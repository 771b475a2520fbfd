// SPDX-License-Identifier: Apache-2.0
/// \file  A mixture of Gaussians with its exact score at every noise level.
#pragma once

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
        require(spread >= 0, "gaussian_mixture: spread is ", spread, "; a standard deviation (0 for atoms) was expected");
        double total = 0;
        means_ = A::uninitialized({modes_, dimensions_});
        log_weights_ = A::uninitialized({1, modes_});
        for (std::size_t k = 0; k < modes_; ++k) {
            const auto& [weight, mean] = components[k];
            require(weight > 0, "gaussian_mixture: weight ", k, " is ", weight, "; a positive number was expected");
            require(mean.size() == dimensions_, "gaussian_mixture: mean ", k, " has ", mean.size(), " coordinates, the first has ", dimensions_);
            weights_.push_back(weight);
            total += weight;
            for (std::size_t d = 0; d < dimensions_; ++d) means_.write()[k * dimensions_ + d] = static_cast<T>(mean[d]);
        }
        for (std::size_t k = 0; k < modes_; ++k) {
            weights_[k] /= total;
            log_weights_.write()[k] = static_cast<T>(std::log(weights_[k]));
        }
    }

    const std::vector<double>& weights() const { return weights_; }
    const A& means() const { return means_; }                                       ///< [K, D]
    /// The variance of every component at a level: what a step size has to respect.
    double variance(double sigma) const { return spread_ * spread_ + sigma * sigma; }

    /// The exact score.
    template <Differentiable X> auto operator()(const X& x, const noise_levels& z) const {
        check(x);
        if constexpr (Array<X>) {
            if (z.sigma.size() == 1) return score_at(x, positive(z.sigma[0]));
        }
        const A inverse = column(z, x, [this](double sigma) { return 1 / positive(sigma); });
        const auto nearest = softmax(logits(x, inverse));
        return inverse * (matmul(nearest, swap_last_axes(means_)) - x);
    }
    /// ln p(x, σ): [N, D] -> [N, 1].
    template <Differentiable X> auto log_density(const X& x, const noise_levels& z) const {
        check(x);
        const A inverse = column(z, x, [this](double sigma) { return 1 / positive(sigma); });
        const A normalizer = column(
            z, x, [this](double sigma) { return -0.5 * static_cast<double>(dimensions_) * std::log(2 * 3.14159265358979323846 * positive(sigma)); });
        return row_log_sum_exp(logits(x, inverse)) - 0.5 * (inverse * row_sum(x * x)) + normalizer;
    }
    /// n independent points, of the mixture blurred by noise of standard deviation sigma.
    A sample(std::size_t n, philox& rng, double sigma = 0) const {
        A x = A::uninitialized({n, dimensions_});
        T* out = x.write();
        for (std::size_t i = 0; i < n; ++i) {
            double u = half_open_unit<double>(rng.word(rng.first_sample + i));
            std::size_t k = 0;
            while (k + 1 < modes_ && u >= weights_[k]) u -= weights_[k++];
            out = std::copy_n(means_.data() + k * dimensions_, dimensions_, out);
        }
        ++rng.draw;
        const A z = normal_like(x, rng);
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
    /// ln wₖ + (x·mₖ - |mₖ|²/2) / c: the logits without what all of them share.   [N, K]
    template <Differentiable X> auto logits(const X& x, const A& inverse) const {
        const A half_squares = 0.5 * swap_last_axes(row_sum(means_ * means_));       // [1, K]
        return inverse * (matmul(x, means_) - half_squares) + log_weights_;
    }
    /// The same in one pass over plain points, pieces of which lie side by side for the vector unit.
    A score_at(const A& x, double variance) const {
        const std::size_t n = x.shape()[0], D = dimensions_, K = modes_;
        const T inverse = static_cast<T>(1 / variance);
        A score = A::uninitialized(x.shape());
        T* const out = score.write();
        std::vector<T> offset(K);
        for (std::size_t k = 0; k < K; ++k) {
            T square = 0;
            for (std::size_t d = 0; d < D; ++d) square += means_[k * D + d] * means_[k * D + d];
            offset[k] = log_weights_[k] - inverse * square / 2;
        }
        for_each_block(n, std::max(piece, parallel_grain / (D * K) / piece * piece), [&](std::size_t begin, std::size_t end) {
            std::vector<T> buffers((2 * D + K) * piece);                            // coordinate by coordinate: each loop below is vector code
            T *const at = buffers.data(), *const pull = at + D * piece, *const logit = pull + D * piece;
            std::array<T, piece> largest, total;
            for (std::size_t first = begin; first < end; first += piece) {
                const std::size_t count = std::min(piece, end - first);
                separate(x.data() + first * D, count, at);
                largest.fill(std::numeric_limits<T>::lowest());
                for (std::size_t k = 0; k < K; ++k) {
                    T* __restrict l = logit + k * piece;
                    std::fill_n(l, piece, offset[k]);
                    for (std::size_t d = 0; d < D; ++d) {
                        const T m = inverse * means_[k * D + d];
                        const T* __restrict a = at + d * piece;
                        for (std::size_t i = 0; i < piece; ++i) l[i] = multiply_add(m, a[i], l[i]);
                    }
                    for (std::size_t i = 0; i < piece; ++i) largest[i] = largest[i] > l[i] ? largest[i] : l[i];
                }
                total.fill(T(0));
                std::fill_n(pull, D * piece, T(0));
                for (std::size_t k = 0; k < K; ++k) {
                    T* __restrict l = logit + k * piece;
                    for (std::size_t i = 0; i < piece; ++i) l[i] = exponential(l[i] - largest[i]);
                    for (std::size_t i = 0; i < piece; ++i) total[i] += l[i];
                    for (std::size_t d = 0; d < D; ++d) {
                        const T m = means_[k * D + d];
                        T* __restrict p = pull + d * piece;
                        for (std::size_t i = 0; i < piece; ++i) p[i] = multiply_add(l[i], m, p[i]);
                    }
                }
                for (std::size_t i = 0; i < piece; ++i) total[i] = 1 / total[i];
                for (std::size_t d = 0; d < D; ++d) {
                    T *__restrict p = pull + d * piece, *__restrict a = at + d * piece;
                    for (std::size_t i = 0; i < piece; ++i) p[i] = inverse * (p[i] * total[i] - a[i]);
                }
                interleave(pull, count, out + first * D);
            }
        });
        return score;
    }
    /// Points (x₀ y₀ x₁ y₁ ...) to coordinates, `piece` apart, and back. Written out in the plane, where a loop over coordinates costs most.
    void separate(const T* __restrict points, std::size_t count, T* __restrict at) const {
        if (dimensions_ == 2) for (std::size_t i = 0; i < count; ++i) at[i] = points[2 * i], at[piece + i] = points[2 * i + 1];
        else for (std::size_t i = 0; i < count; ++i)
            for (std::size_t d = 0; d < dimensions_; ++d) at[d * piece + i] = points[i * dimensions_ + d];
    }
    void interleave(const T* __restrict at, std::size_t count, T* __restrict points) const {
        if (dimensions_ == 2) for (std::size_t i = 0; i < count; ++i) points[2 * i] = at[i], points[2 * i + 1] = at[piece + i];
        else for (std::size_t i = 0; i < count; ++i)
            for (std::size_t d = 0; d < dimensions_; ++d) points[i * dimensions_ + d] = at[d * piece + i];
    }

    static constexpr std::size_t piece = 64;
    double spread_;
    std::size_t modes_, dimensions_;
    std::vector<double> weights_;
    A means_, log_weights_;
};

}  // namespace ncsn
