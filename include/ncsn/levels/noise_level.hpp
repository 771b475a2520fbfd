// SPDX-License-Identifier: Apache-2.0
/// \file  The noise level of a chain and of the samples of a batch.
#pragma once

#include <cstddef>
#include <vector>

namespace ncsn {

/// What a score is asked at: for each sample (or once, for all of them) the standard deviation of the noise, in data units, and its place in the
/// schedule. Index and sigma travel together; a network uses either.
struct noise_levels {
    std::vector<std::size_t> index;
    std::vector<double> sigma;
};

/// The data themselves.
inline const noise_levels no_noise{{0}, {0.0}};

/// One level of a schedule as a chain sees it: σᵢ, σᵢ₊₁ (0 after the last) and σ_L.
struct noise_level {
    std::size_t index = 0;
    double sigma = 1, next = 0, last = 1;

    operator noise_levels() const { return {{index}, {sigma}}; }
};

}  // namespace ncsn
