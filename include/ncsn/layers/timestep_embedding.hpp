// SPDX-License-Identifier: Apache-2.0
/// \file  Time steps as waves of many frequencies.
#pragma once

#include <ncsn/arrays/tensor.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <vector>

namespace ncsn {

/// Row i is [sin(t_i ω₀), ..., sin(t_i ω_{h-1}), cos(t_i ω₀), ..., cos(t_i ω_{h-1})],  ω_k = 10000^(-k/(h-1)),  h = width/2 (Vaswani et al. 2017,
/// as the U-Nets of diffusion models have it); an odd width ends in a zero.   -> [N, width].
template <Array A> A timestep_embedding(std::span<const double> t, std::size_t width) {
    const std::size_t half = width / 2;
    require(half >= 2, "timestep_embedding: width ", width, "; at least 4 was expected");
    using T = typename A::value_type;
    std::vector<T> rows(t.size() * width, T(0));
    std::map<double, std::size_t> first;                                            // a batch has few different times: each is computed once
    for (std::size_t i = 0; i < t.size(); ++i) {
        const auto [earlier, is_new] = first.try_emplace(t[i], i);
        if (!is_new) std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>(earlier->second * width), width,
                                 rows.begin() + static_cast<std::ptrdiff_t>(i * width));
        else for (std::size_t k = 0; k < half; ++k) {
            const double angle = t[i] * std::exp(-std::log(10000.0) * static_cast<double>(k) / static_cast<double>(half - 1));
            rows[i * width + k] = static_cast<T>(std::sin(angle));
            rows[i * width + half + k] = static_cast<T>(std::cos(angle));
        }
    }
    return {{t.size(), width}, std::span<const T>{rows}};
}

}  // namespace ncsn
