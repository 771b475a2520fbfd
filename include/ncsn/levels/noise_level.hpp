// SPDX-License-Identifier: Apache-2.0
/// \file  The noise level of a chain and of the samples of a batch.
#pragma once

#include <ncsn/arrays/chosen_rows.hpp>
#include <ncsn/autodiff/dual.hpp>

#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

namespace ncsn {

/// What a score is asked at: for each sample (or once, for all of them) the standard deviation of the noise, in data units, and its place in the
/// schedule. Index and sigma travel together; a network uses either.
struct noise_levels {
    std::vector<std::size_t> index;
    std::vector<double> sigma;

    /// The indices as gather_rows takes them: one object for all who ask while somebody has it, such as a tape whose gatherings are to be transposed.
    std::shared_ptr<const chosen_rows> rows() const {
        static std::mutex asking;
        const std::lock_guard lock{asking};
        std::shared_ptr<const chosen_rows> rows = shared_rows.lock();
        if (!rows || !std::ranges::equal(rows->list(), index)) shared_rows = rows = std::make_shared<const chosen_rows>(index);
        return rows;
    }
    mutable std::weak_ptr<const chosen_rows> shared_rows = {};                      ///< what rows() gave last; not to be copied while another asks
};

/// The data themselves.
inline const noise_levels no_noise{{0}, {0.0}};

/// One level of a schedule as a chain sees it: σᵢ, σᵢ₊₁ (0 after the last) and σ_L.
struct noise_level {
    std::size_t index = 0;
    double sigma = 1, next = 0, last = 1;

    operator noise_levels() const { return {{index}, {sigma}}; }
};

/// f(σ) of every sample as a column that multiplies x: [N, 1, ...] or [1, 1, ...], of x's rank.
template <class F, Differentiable X> array_under_t<X> column(const noise_levels& levels, const X& x, const F& f) {
    using A = array_under_t<X>;
    const shape& s = shape_of(x);
    const std::size_t n = levels.sigma.size();
    require(n == 1 || n == s[0], "noise_levels: ", n, " levels for x of shape ", s, "; one for all or one a sample was expected");
    shape extents = s;
    for (std::size_t axis = 0; axis < extents.rank(); ++axis) extents[axis] = axis == 0 ? n : 1;
    std::vector<typename A::value_type> numbers;
    for (const double sigma : levels.sigma) numbers.push_back(static_cast<typename A::value_type>(f(sigma)));
    return {extents, std::span<const typename A::value_type>{numbers}};
}
/// σ of every sample.
template <Differentiable X> array_under_t<X> column(const noise_levels& levels, const X& x) {
    return column(levels, x, [](double sigma) { return sigma; });
}

}  // namespace ncsn
