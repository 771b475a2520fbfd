// SPDX-License-Identifier: Apache-2.0
/// \file  Tour, 2: a small network learns the score of a mixture by sliced score matching, and is compared with the exact score.
#include <ncsn/ncsn.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;

int main() {
    philox rng{0};
    const gaussian_mixture<array> data({{0.5, {1, 1}}, {0.5, {-1, -1}}}, 0.5);
    unconditional model{mlp<array>{2, 128, 2, rng}};
    adam optimizer{model, {.rate = 1e-3}};
    const sliced_score_matching loss{};                                             // E vᵀ∇s v + ½‖s‖², one slice

    for (int step = 0; step < 10'000; ++step) {
        const auto [value, gradient] = value_and_grad(loss, model, data.sample(128, rng), rng);
        optimizer.step(model, gradient);
        if (step % 1000 == 0) std::cout << step << "  " << value << '\n';
    }
    const auto x = data.sample(1000, rng);
    const auto difference = model(x) - data(x, no_noise);                           // against the exact score
    std::cout << "E|s - s*|^2 = " << mean_over_batch(row_dot(difference, difference)).item() << '\n';
}
