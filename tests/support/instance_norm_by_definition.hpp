// SPDX-License-Identifier: Apache-2.0
/// \file  Instance norm++ by its definition, for tests of layers and networks.
#pragma once

#include <ncsn/layers/instance_norm.hpp>

#include <support/check_every_mode.hpp>

#include <cmath>
#include <vector>

namespace ncsn {

/// γ (h + α r) + β with the unbiased variance of the means as coded, γ h + α r + β with the biased one as printed, one number after the other.
/// x: [N, H, W, C]; rows: [N, 3C], each [γ | α | β].
inline reals instance_norm_by_definition(const reals& x, const reals& rows, norm_form form = norm_form::coded) {
    const bool coded = form == norm_form::coded;
    const double epsilon = coded ? 1e-5 : 1e-6;
    const std::size_t n = x.shape()[0], positions = x.shape()[1] * x.shape()[2], channels = x.shape()[3];
    reals y(x.shape());
    for (std::size_t i = 0; i < n; ++i) {
        std::vector<double> mean(channels), variance(channels);
        const auto at = [&](std::size_t p, std::size_t c) { return x[(i * positions + p) * channels + c]; };
        for (std::size_t c = 0; c < channels; ++c) {
            for (std::size_t p = 0; p < positions; ++p) mean[c] += at(p, c) / static_cast<double>(positions);
            for (std::size_t p = 0; p < positions; ++p) variance[c] += (at(p, c) - mean[c]) * (at(p, c) - mean[c]) / static_cast<double>(positions);
        }
        double m = 0, v = 0;
        for (const double value : mean) m += value / static_cast<double>(channels);
        for (const double value : mean) v += (value - m) * (value - m) / static_cast<double>(coded ? channels - 1 : channels);
        const double* row = rows.data() + i * 3 * channels;
        for (std::size_t c = 0; c < channels; ++c)
            for (std::size_t p = 0; p < positions; ++p) {
                const double h = (at(p, c) - mean[c]) / std::sqrt(variance[c] + epsilon), r = (mean[c] - m) / std::sqrt(v + epsilon);
                const double gamma = row[c], alpha = row[channels + c], beta = row[2 * channels + c];
                y.write()[(i * positions + p) * channels + c] = coded ? gamma * (h + alpha * r) + beta : gamma * h + alpha * r + beta;
            }
    }
    return y;
}

}  // namespace ncsn
