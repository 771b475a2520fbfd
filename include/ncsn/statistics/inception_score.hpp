// SPDX-License-Identifier: Apache-2.0
/// \file  The inception score of class probabilities.
#pragma once

#include <ncsn/arrays/tensor.hpp>

#include <cmath>
#include <vector>

namespace ncsn {

struct mean_and_deviation {
    double mean, deviation;
};

/// exp(E KL(p(y|x) || p(y))) of each of `splits` consecutive parts [iN/n, (i+1)N/n) of the samples; their mean and (biased) standard deviation, as
/// Salimans et al. (2016) report it.   probabilities: [N, classes], rows that sum to 1.
template <Array A> mean_and_deviation inception_score(const A& given, std::size_t splits = 10) {
    const auto probabilities = on_device<cpu>(given);
    const shape& s = probabilities.shape();
    require(s.rank() == 2 && splits >= 1 && s[0] >= splits, "inception_score: ", splits, " splits of probabilities ", s,
            "; [N,classes] with N >= splits was expected");
    constexpr double rounding = 0.01;                                               // of a softmax in 16 bits
    const std::size_t classes = s[1];
    for (std::size_t row = 0; row < s[0]; ++row) {
        double total = 0;
        for (std::size_t c = 0; c < classes; ++c) {
            const auto p = static_cast<double>(probabilities[row * classes + c]);
            require(p >= 0 && p <= 1 + rounding, "inception_score: entry (", row, ",", c, ") is ", p, "; a probability, 0 to 1, was expected");
            total += p;
        }
        require(std::abs(total - 1) <= rounding, "inception_score: row ", row, " sums to ", total, "; probabilities of all classes, which sum to 1, "
                "were expected");
    }
    std::vector<double> scores;
    for (std::size_t i = 0; i < splits; ++i) {
        const std::size_t begin = i * s[0] / splits, end = (i + 1) * s[0] / splits;
        std::vector<double> mean(classes, 0.0);
        for (std::size_t row = begin; row < end; ++row)
            for (std::size_t c = 0; c < classes; ++c)
                mean[c] += static_cast<double>(probabilities[row * classes + c]) / static_cast<double>(end - begin);
        double divergence = 0;
        for (std::size_t row = begin; row < end; ++row)
            for (std::size_t c = 0; c < classes; ++c) {
                const auto p = static_cast<double>(probabilities[row * classes + c]);
                if (p > 0) divergence += p * std::log(p / mean[c]) / static_cast<double>(end - begin);
            }
        scores.push_back(std::exp(divergence));
    }
    mean_and_deviation result{0, 0};
    for (const double score : scores) result.mean += score / static_cast<double>(splits);
    for (const double score : scores) result.deviation += (score - result.mean) * (score - result.mean) / static_cast<double>(splits);
    result.deviation = std::sqrt(result.deviation);
    return result;
}

}  // namespace ncsn
