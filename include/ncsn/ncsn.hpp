// SPDX-License-Identifier: Apache-2.0
/// \file  The whole library, in dependency order.
#pragma once

#include <ncsn/arrays/random.hpp>
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/energy_score.hpp>
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/models/mlp.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/consistent.hpp>
#include <ncsn/samplers/denoised.hpp>
#include <ncsn/samplers/inpainting.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/statistics/mode_weights.hpp>
#include <ncsn/training/adam.hpp>
#include <ncsn/training/denoising.hpp>
#include <ncsn/training/ema.hpp>
#include <ncsn/training/score_matching.hpp>
#include <ncsn/training/sliced.hpp>
