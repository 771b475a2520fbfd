// SPDX-License-Identifier: Apache-2.0
/// \file  Tour, 2: a small network learns the score of a mixture by sliced score matching, and is compared with the exact score.
#include <ncsn/ncsn.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;

int main() {
    philox rng{0};
    const gaussian_mixture<array> data({{0.5, {1, 1}}, {0.5, {-1, -1}}}, 0.5);
    unconditional model{mlp<array>{2, 128, 2, rng}};
    training_state state{std::move(model), {.rate = 1e-3}, 0.99, rng};
    drawn_from batches{data, 128};

    const sliced_score_matching loss{};                                             // E vᵀ∇s v + ½‖s‖², one slice
    const trainer train{gradient_step{loss}, {.steps = 10'000}};
    train(state, batches, [](const training_report& report) {
        if (report.step % 1000 == 0) std::cout << report.step << "  " << report.loss << '\n';
    });
    const auto x = data.sample(1000, state.rng);
    const auto difference = state.model(x) - data(x, no_noise);                           // against the exact score
    std::cout << "E|s - s*|^2 = " << mean_over_batch(row_dot(difference, difference)).item() << '\n';
}
