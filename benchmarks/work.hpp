// SPDX-License-Identifier: Apache-2.0
/// \file  The pieces of work that are timed here and, case by case, in peer.py.
#pragma once

#include <ncsn/levels/schedule.hpp>
#include <ncsn/models/refinenet.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/training/denoising.hpp>

#include "training_work.hpp"

using array = ncsn::tensor<float, ncsn::default_device>;

/// A RefineNet with a batch of images.
struct refinenet_work {
    ncsn::philox rng{0};
    ncsn::geometric schedule{{.first = 1, .last = 0.01, .levels = 10}};
    learner<ncsn::refinenet<array>> of_network;
    array images;

    refinenet_work(std::size_t channels, std::size_t size, std::size_t features, std::size_t batch)
        : of_network{{{.channels = channels, .features = features}, rng}}, images{ncsn::uniform<array>({batch, size, size, channels}, 0, 1, rng)} {}

    /// One evaluation, a level a sample.
    void forward() const {
        ncsn::noise_levels levels;
        for (std::size_t i = 0; i < images.shape()[0]; ++i) levels.index.push_back(i % 10), levels.sigma.push_back(schedule[i % 10]);
        of_network.model(images, levels);
    }
    /// Annealed denoising score matching, its gradient, Adam.
    void step() { of_network.step_on(ncsn::denoising_score_matching{schedule}, same_batch{images}); }
    /// One move of annealed Langevin dynamics at the last level.
    void sample() { images = ncsn::langevin{ncsn::full_step(2e-5)}(of_network.model, images, level_at(schedule, 9), rng); }
};
