// SPDX-License-Identifier: Apache-2.0
/// \file  The ratio of the peak signal to the noise between images.
#pragma once

#include <ncsn/arrays/reductions.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <cmath>
#include <vector>

namespace ncsn {

/// 10 log₁₀(peak² / mean (x - y)²) of each image, in decibels; infinite where two are equal.   x, y: [N, ...]; peak: the range of a pixel.
template <Array A> std::vector<double> psnr(const A& x_there, const A& y_there, double peak = 1) {
    const auto x = on_device<cpu>(x_there), y = on_device<cpu>(y_there);
    require(x.shape() == y.shape() && x.shape().rank() >= 2, "psnr: images are ", x.shape(), " and ", y.shape(), "; the same [N,...] was expected");
    require(std::isfinite(peak) && peak > 0, "psnr: a peak of ", peak, "; a range above 0 was expected");
    require(all_finite(x) && all_finite(y), "psnr: the images hold what is not finite");
    const std::size_t n = x.shape()[0], each = n == 0 ? 0 : x.shape().row_size();
    require(n == 0 || each > 0, "psnr: images ", x.shape(), " have no pixels");
    std::vector<double> result(n);
    for (std::size_t i = 0; i < n; ++i) {
        double squares = 0;
        for (std::size_t k = i * each; k < (i + 1) * each; ++k) {
            const double difference = static_cast<double>(x[k]) - static_cast<double>(y[k]);
            squares += difference * difference / static_cast<double>(each);
        }
        require(std::isfinite(squares), "psnr: images ", i, " are finite, but the squares of their differences are not");
        result[i] = 10 * std::log10(peak * peak / squares);
    }
    return result;
}

}  // namespace ncsn
