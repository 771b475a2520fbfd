// SPDX-License-Identifier: Apache-2.0
/// \file  Tour, 3: a small score network learns pictures of clothes by denoising score matching, and draws some.
/// Arguments: steps of training (100), features of the network (16). Some hundred steps show shapes, some ten thousand clothes.
#include <ncsn/ncsn.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;

int main(int argc, char** argv) {
    const std::size_t steps = argc > 1 ? std::stoul(argv[1]) : 100, features = argc > 2 ? std::stoul(argv[2]) : 16;
    philox rng{2020};
    const auto data = fashion_mnist<array>();                                       // Debian's package dataset-fashion-mnist
    const geometric schedule{{.first = 1, .last = 0.01, .levels = 10}};
    refinenet<array> model{{.channels = 1, .features = features, .levels = 10}, rng};

    const denoising_score_matching loss{schedule};
    adam optimizer{model, {.rate = 1e-3}};
    ema average{model, 0.99};
    std::size_t step = 0;
    for (const auto& x : random_batches(data, 32, steps, rng)) {
        const auto [value, gradient] = value_and_grad(loss, model, x, rng);
        optimizer.step(model, gradient);
        average.update(model);
        if (++step % 25 == 0) std::cout << "step " << step << "  loss " << value << std::endl;
    }
    const double gamma = schedule[1] / schedule[0];
    const annealed cas{schedule, consistent{full_step(1e-4 * (1 - gamma * gamma))}};  // ε = σ_L² (1 - γ²)
    const denoised eds{cas};                                                        // x + σ_L² s(x, σ_L)
    const auto samples = eds(average.model(), uniform<array>({16, 28, 28, 1}, 0, 1, rng), rng);
    save_image_grid("samples.png", samples);
}
