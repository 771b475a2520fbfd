// SPDX-License-Identifier: Apache-2.0
/// \file  Tour, 4: a sampler of one's own. A move at one noise level is all that has to be written.
#include <ncsn/ncsn.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;

/// A step against the diffusion, from σᵢ to σᵢ₊₁:  x + (σᵢ² − σᵢ₊₁²) s + σᵢ₊₁ √(σᵢ² − σᵢ₊₁²)/σᵢ z.
struct backward_step {
    template <Array A> A operator()(const ScoreModel<A> auto& score, const A& x, const noise_level& level, philox& rng) const {
        const double drop = level.sigma * level.sigma - level.next * level.next;
        return euler_maruyama(x, drop, score(x, level), level.next * std::sqrt(drop) / level.sigma, rng);
    }
};

int main() {
    const gaussian_mixture<array> target{{0.8, {5, 5}}, {0.2, {-5, -5}}};
    const geometric schedule{{.first = 20, .last = 0.1, .levels = 200}};
    const annealed sampler{schedule, backward_step{}};

    philox rng{1};
    const auto x = sampler(target, 20.0 * normal<array>({1000, 2}, rng), rng);
    std::cout << "upper mode " << mode_weights(target, x).front() << '\n';
}
