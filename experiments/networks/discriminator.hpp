// SPDX-License-Identifier: Apache-2.0
/// \file  The discriminator beside a score in `train`, and the part of both losses that is the same for every network.
#pragma once

#include <ncsn/autodiff/var.hpp>
#include <ncsn/levels/noise_level.hpp>
#include <ncsn/models/biggan_discriminator.hpp>
#include <ncsn/training/hybrid_step.hpp>

#include "../common.hpp"

namespace ncsn {

/// A discriminator and what learns it: parts of a checkpoint.
struct discriminator_state {
    biggan_discriminator<array> network;
    adam<biggan_discriminator<array>> optimizer;
    static constexpr std::tuple state{field{"network", &discriminator_state::network}, field{"optimizer", &discriminator_state::optimizer}};
};

/// What a discriminator is made with and learns by.
struct discriminator_training_settings {
    hybrid_settings losses;
    adam_settings rates = hybrid_discriminator_adam;
    std::size_t features = 64, turns = 1;
};

/// Adversarial score matching without its network, a game for adversarial_turns. What a step was like it keeps until it is told. Compiled once, in
/// discriminator.cpp, and not for each network.
class discriminator_training {
public:
    discriminator_training(const discriminator_training_settings& settings, const std::vector<double>& sigmas);

    /// The first discriminator for such images; its weights are not those of the score's generator. Throws where images are too small.
    discriminator_state start(const shape& images, std::uint64_t seed) const;
    std::size_t turns() const { return settings_.turns; }
    const std::vector<double>& schedule() const { return objective_.schedule; }

    /// What the discriminator sees of s(x̃, σ), x̃ and σ.
    array fakes(const array& s, const array& noisy, const noise_levels& levels) const;
    bool needs_whole_batch() const { return compares_with_means(settings_.losses.loss); }
    /// The discriminator learns from a batch, in so many parts.
    void teach(discriminator_state& discriminator, const turn_images<array>& images, philox& rng, std::size_t step, std::size_t parts, const alone&);
    /// The loss of the score, of s(x̃, σ) on a tape.
    var<array> loss(const discriminator_state& discriminator, const var<array>& s, const array& x, const array& noisy, const noise_levels& levels,
                    const array& z);
    /// What step() returns, which calls loss() and steps; an error in it names the network whose numbers are none.
    template <class F> auto blamed(const F& step) const {
        try {
            return step();
        } catch (const error& reason) {
            fail(network_to_blame(denoising_, fooling_), ": ", reason.what());
        }
    }
    /// The score has taken its step: its gradient, before clipping. The discriminator keeps what the loss left in its vectors.
    void end_step(discriminator_state& discriminator, const array& gradient_norm, std::size_t step);
    /// The last step for metrics.jsonl. On devices whose steps nobody can look at this is when they are watched: it throws where numbers are none.
    void tell(json& entry, std::size_t step);

private:
    void see_score(std::size_t step);

    discriminator_training_settings settings_;
    hybrid_score_matching<std::vector<double>> objective_;
    discriminator_turn<array> turn_;
    array denoising_, fooling_, gradient_norm_;                                     // the losses' sums over the parts of a batch
    collapse_watch watch_;
    double pixels_ = 1;
    std::size_t parts_ = 1;
};

}  // namespace ncsn
