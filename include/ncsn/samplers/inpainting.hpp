// SPDX-License-Identifier: Apache-2.0
/// \file  Sampling the unknown part of an image given the rest.
#pragma once

#include <ncsn/arrays/graph_capture.hpp>
#include <ncsn/autodiff/arithmetic.hpp>
#include <ncsn/samplers/sampler.hpp>

namespace ncsn {

/// When the known pixels are put back. Noised once a level they are imposed before the first and after every move (the code of Song & Ermon 2019), or
/// after every move only, as their Algorithm 2 is printed: the first move of a level then sees them with the noise of the level before, at the very
/// first level those of the start. NCSNv2 noises them afresh and imposes them before every move only. None ends with clean pixels.
enum class imposing { once_a_level, after_every_move, before_every_move };

/// `times` moves of a transition at a level, with the known pixels held at image + σᵢ z. Captured where the device can do that.
/// mask: 1 where a pixel is known, 0 where it is to be found; broadcasts against image, which broadcasts against x [N, H, W, C].
template <Array A, class K> struct inpainting {
    A mask, image;
    std::size_t times;
    K transition;
    imposing when;

    inpainting(A m, A known, std::size_t n, K k, imposing w = imposing::once_a_level)
        : mask{std::move(m)}, image{std::move(known)}, times{n}, transition{std::move(k)}, when{w} {
        require(n > 0, "inpainting: 0 moves a level; at least one is needed");
        const auto factors = on_device<cpu>(mask);
        for (const auto value : factors.values())
            require(value == 0 || value == 1, "inpainting: the mask holds ", value, "; 1 (known) or 0 (hidden) was expected");
    }

    A operator()(const ScoreModel<A> auto& score, const A& x0, const noise_level& level, Generator auto& rng,
                 const std::stop_token& stop = {}) const {
        const auto covers = [rank = x0.shape().rank()](const A& a) { return a.shape().rank() == rank || a.shape().rank() + 1 == rank; };
        require(covers(mask) && covers(image), "inpainting: the mask is ", mask.shape(), " and the image ", image.shape(), ", but x is ", x0.shape(),
                "; the axes of one sample or of all were expected (a mask of rows and columns is [H,W,1] or [1,H,W,1])");
        const auto move = [&](const A& x, auto& own) { return position(move_once(transition, score, x, level, own, stop)); };
        if (when == imposing::before_every_move)
            return iterate(times, x0, rng, [&](const A& x, auto& own) { return A{move(impose(x, noisy(x, level, own)), own)}; }, stop);
        const A known = noisy(x0, level, rng), start = when == imposing::after_every_move ? x0 : impose(x0, known);
        return iterate(times, start, rng, [&](const A& x, auto& own) { return impose(move(x, own), known); }, stop);
    }

private:
    A noisy(const A& x, const noise_level& level, Generator auto& rng) const { return image + level.sigma * normal_like(x, rng); }
    A impose(const A& x, const A& known) const { return (1.0 - mask) * x + mask * known; }   // exact: 0 and 1 are the factors
};
template <class A, class K> inpainting(A, A, std::size_t, K) -> inpainting<A, K>;
template <class A, class K> inpainting(A, A, std::size_t, K, imposing) -> inpainting<A, K>;

}  // namespace ncsn
