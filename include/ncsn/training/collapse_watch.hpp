// SPDX-License-Identifier: Apache-2.0
/// \file  Errors that name one of two networks, and the watch over a score and its discriminator.
#pragma once

#include <ncsn/training/adversarial.hpp>
#include <ncsn/training/guard.hpp>

namespace ncsn {

/// The two networks, for errors; what an error in f() says begins with the name of the network.
inline constexpr const char *the_score = "the score", *the_discriminator = "the discriminator";
template <class F> auto named_network(const char* network, const F& f) {
    try {
        return f();
    } catch (const error& reason) {
        fail(network, ": ", reason.what());
    }
}

/// The network whose numbers are none where a step of the score fails: the discriminator's, where the loss of denoising is finite beside the other.
template <Array A> const char* network_to_blame(const A& denoising, const A& fooling) {
    if constexpr (observable_steps<A>)
        if (!denoising.empty() && all_finite(denoising) && !all_finite(fooling)) return the_discriminator;
    return the_score;
}

/// Throws where a training has collapsed: a loss beyond `most` (of the score a pixel), or a network from which nothing comes in `patience` turns in a
/// row, as its gradient is 0 or, of the discriminator, all images get the same number. On a host each turn can be looked at; elsewhere to look at one
/// waits for the device.
class collapse_watch {
public:
    explicit collapse_watch(std::size_t patience = 100, double most = 1e6) : patience_{patience}, most_{most} {}

    template <Array A> void see(const discriminator_turn<A>& turn, std::size_t step) {
        const auto same = [first = turn.real[0]](const A& y) {
            const auto seen = on_device<cpu>(y);
            return std::ranges::all_of(seen.values(), [=](auto v) { return v == first; });
        };
        judge(the_discriminator, discriminator_, turn.loss.item(), turn.gradient_norm.item(), same(turn.real) && same(turn.fake), step);
    }
    void see(double loss_of_a_pixel, double gradient_norm, std::size_t step) {
        judge(the_score, score_, loss_of_a_pixel, gradient_norm, false, step);
    }

private:
    void judge(const char* network, std::size_t& idle, double loss, double gradient, bool same, std::size_t step) const {
        require(std::abs(loss) <= most_, "training: at step ", step, " the loss of ", network, " is ", loss, ", beyond ", most_, ": it has diverged. "
                "Go back to the last checkpoint, and use smaller rates or a loss that is bounded below");
        idle = same || gradient == 0 ? idle + 1 : 0;
        require(idle < patience_, "training: up to step ", step, " in ", patience_, " turns looked at in a row ", network,
                same ? " gave all images the same number" : " had a gradient of 0",
                ": it has collapsed. Go back to the last checkpoint, and use a smaller rate of the discriminator or another loss");
    }
    std::size_t patience_, discriminator_ = 0, score_ = 0;
    double most_;
};

}  // namespace ncsn
