// SPDX-License-Identifier: Apache-2.0
/// \file  What is done to images before a model sees them: function objects from a batch [N, ...] to a batch of the same shape.
///
/// Random ones take a generator and use one draw of it; what happens to a sample depends on its number alone. They run on the host.
#pragma once

#include <ncsn/arrays/random_fills.hpp>
#include <ncsn/data/dataset.hpp>

#include <cmath>

namespace ncsn {

/// From [0, 1] to [low, high]:  low + (high - low) x.
struct rescaled {
    double low = -1, high = 1;

    template <class T> tensor<T, cpu> operator()(tensor<T, cpu> x) const {
        check();
        T* y = x.write();
        for (std::size_t i = 0; i < x.size(); ++i) y[i] = T(low) + T(high - low) * y[i];
        return x;
    }
    template <class T> tensor<T, cpu> inverse(tensor<T, cpu> x) const {
        check();
        require(low != high, "rescaled: low and high are both ", low, "; there is no inverse");
        T* y = x.write();
        for (std::size_t i = 0; i < x.size(); ++i) y[i] = (y[i] - T(low)) / T(high - low);
        return x;
    }

private:
    void check() const {
        require(std::isfinite(low) && std::isfinite(high), "rescaled: low = ", low, ", high = ", high, "; finite numbers were expected");
    }
};

/// Uniform dequantization of bytes x / 255:  (255 x + u) / 256, u uniform on [0, 1). Throws where x does not lie in [0, 1].
struct dequantized {
    template <class T> tensor<T, cpu> operator()(tensor<T, cpu> x, philox& rng) const {
        T* y = x.write();
        const std::uint64_t begin = first_position(rng, x.shape());
        std::uint64_t block = ~std::uint64_t{0};
        std::array<std::uint32_t, 4> words{};
        for (std::size_t i = 0; i < x.size(); ++i) {
            const std::uint64_t position = begin + i;
            if (position / 4 != block) words = rng.block(block = position / 4);
            require(y[i] >= 0 && y[i] <= 1, "dequantized: element ", i, " is ", y[i], "; bytes over 255, from 0 to 1, were expected");
            y[i] = (T(255) * y[i] + half_open_unit<T>(words[position % 4])) / T(256);
        }
        ++rng.draw;
        return x;
    }
};

/// Left and right exchanged in about this fraction of the images [N,H,W,C].
struct horizontal_flip {
    double probability = 0.5;

    template <class T> tensor<T, cpu> operator()(tensor<T, cpu> x, philox& rng) const {
        require(x.shape().rank() == 4, "horizontal_flip: x is ", x.shape(), "; images [N,H,W,C] were expected");
        require(probability >= 0 && probability <= 1, "horizontal_flip: probability ", probability, "; 0 to 1 was expected");
        const std::size_t n = x.shape()[0], h = x.shape()[1], w = x.shape()[2], c = x.shape()[3];
        T* y = x.write();
        for (std::size_t i = 0; i < n; ++i) {
            if (half_open_unit<double>(rng.word(rng.first_sample + i)) >= probability) continue;
            for (std::size_t row = 0; row < h; ++row) {
                T* line = y + (i * h + row) * w * c;
                for (std::size_t left = 0; left < w / 2; ++left) std::swap_ranges(line + left * c, line + (left + 1) * c, line + (w - 1 - left) * c);
            }
        }
        ++rng.draw;
        return x;
    }
};

/// From [0, 1] to the whole line:  y = α + (1 - 2α) x,  ln y - ln(1 - y).   Off everywhere in the papers' settings; α = 1e-6 in their code.
/// Throws where y does not lie between 0 and 1.
struct logit {
    double alpha = 1e-6;

    template <class T> tensor<T, cpu> operator()(tensor<T, cpu> x) const {
        check();
        T* y = x.write();
        for (std::size_t i = 0; i < x.size(); ++i) {                                // in double: 1 - 1e-6 is 17 steps from 1 in float
            const double p = alpha + (1 - 2 * alpha) * static_cast<double>(y[i]);
            require(p > 0 && p < 1, "logit: element ", i, " is ", y[i], "; numbers from 0 to 1",
                    alpha > 0 ? "" : ", without these two as alpha is 0,", " were expected");
            y[i] = static_cast<T>(std::log(p) - std::log1p(-p));
        }
        return x;
    }
    template <class T> tensor<T, cpu> inverse(tensor<T, cpu> x) const {
        check();
        T* y = x.write();
        for (std::size_t i = 0; i < x.size(); ++i) y[i] = static_cast<T>((1 / (1 + std::exp(-static_cast<double>(y[i]))) - alpha) / (1 - 2 * alpha));
        return x;
    }

private:
    void check() const { require(alpha >= 0 && alpha < 0.5, "logit: alpha ", alpha, "; 0 or more and below 1/2 was expected"); }
};

static_assert(Transform<rescaled, tensor<float, cpu>> && Transform<logit, tensor<float, cpu>>);
static_assert(Dataset<transformed<images<tensor<float, cpu>>, rescaled>>);

}  // namespace ncsn
