// SPDX-License-Identifier: Apache-2.0
/// \file  Tour, 3: a small score network learns pictures of clothes by denoising score matching, and draws some.
/// Arguments: steps of training (100), features of the network (16). Some hundred steps show shapes, some ten thousand clothes.
#include <ncsn/ncsn.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;

int main(int argc, char** argv) try {
    const std::size_t steps = argc > 1 ? count_of("steps", argv[1]) : 100, features = argc > 2 ? count_of("features", argv[2]) : 16;
    philox rng{2020};
    const auto data = fashion_mnist<array>();                                       // Debian's package dataset-fashion-mnist
    const geometric schedule{{.first = 1, .last = 0.01, .levels = 10}};
    refinenet<array> model{{.channels = 1, .features = features, .levels = 10}, rng};

    batch_loader<images<array>> loader{{data, batch_order{data.size(), 32, rng}}};   // reads the next batches while a step computes
    auto batches = batches_of<array>(loader, 32, [](array x, philox&) { return x; });
    training_state state{std::move(model), {.rate = 1e-3}, 0.99, rng};
    const trainer train{gradient_step{denoising_score_matching{schedule}}, {.steps = steps}};
    train(state, batches, [](const training_report& report) {
        if (report.step % 25 == 0) std::cout << "step " << report.step << "  loss " << report.loss << std::endl;
    });
    const double gamma = schedule[1] / schedule[0];
    const annealed cas{schedule, consistent{full_step(1e-4 * (1 - gamma * gamma))}};  // ε = σ_L² (1 - γ²)
    const denoised eds{cas};                                                        // x + σ_L² s(x, σ_L)
    const auto samples = eds(state.average.model(), uniform<array>({16, 28, 28, 1}, 0, 1, state.rng), state.rng);
    save_image_grid("samples.png", samples);
} catch (const error& reason) {
    std::cerr << reason.what() << '\n';
    return 1;
}
