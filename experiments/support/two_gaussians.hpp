// SPDX-License-Identifier: Apache-2.0
/// \file  The mixtures of Gaussians that the papers' figures use.
#pragma once

#include <ncsn/models/gaussian_mixture.hpp>

namespace ncsn {

/// The modes of ⅘ N((5,5), I) + ⅕ N((−5,−5), I): Song & Ermon (2019), §3.2. The report on denoising score matching names none and gets this one.
template <Array A> typename gaussian_mixture<A>::component upper_mode() { return {0.8, {5, 5}}; }
template <Array A> typename gaussian_mixture<A>::component lower_mode() { return {0.2, {-5, -5}}; }
template <Array A> gaussian_mixture<A> two_gaussians() { return {{upper_mode<A>(), lower_mode<A>()}, 1}; }
/// What the authors' program takes the data for: noise of σ gives each mode the variance σ², and not 1 + σ².
template <Array A> gaussian_mixture<A> two_atoms() { return {{upper_mode<A>(), lower_mode<A>()}, 0}; }

/// 0.1 N((5,5), I) + 0.1 N(0, I) + 0.8 N((−5,−5), I): a comment of the same program.
template <Array A> gaussian_mixture<A> three_gaussians() { return {{{0.1, {5, 5}}, {0.1, {0, 0}}, {0.8, {-5, -5}}}, 1}; }

}  // namespace ncsn
