// SPDX-License-Identifier: Apache-2.0
/// \file  Tour, 1: annealed Langevin dynamics on a mixture of two Gaussians. Plain Langevin dynamics would give both modes about one half.
#include <ncsn/ncsn.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;

int main() {
    // p = ⅘ N((5,5), I) + ⅕ N((−5,−5), I): two atoms seen through noise of σ = 1 (Song & Ermon 2019, §3.2.2).
    const gaussian_mixture<array> target{{0.8, {5, 5}}, {0.2, {-5, -5}}};
    const geometric schedule{{.first = 20, .last = 1, .levels = 10}};
    const annealed als{schedule, repeat{100, langevin{half_step(0.1)}}};            // Algorithm 1

    philox rng{2019};
    const auto x0 = uniform<array>({1280, 2}, -8, 8, rng);
    const auto x = als(target, x0, rng, [&](const noise_level& level, const array& y) {
        std::cout << "sigma " << level.sigma << "  upper mode " << mode_weights(target, y).front() << '\n';
    });
    save_npy("samples.npy", x);
}
