// SPDX-License-Identifier: Apache-2.0
/// \file  The program gpu: training of a RefineNet.
#include "gpu_cases.hpp"
#include "training_work.hpp"

#include <ncsn/arrays/graph_capture.hpp>
#include <ncsn/levels/schedule.hpp>
#include <ncsn/models/reduced_precision.hpp>
#include <ncsn/training/denoising.hpp>

using namespace ncsn;

namespace {

template <class M> void time_steps(const network_case& c, double flop, M model, philox rng) {
    const geometric schedule{{.first = 1, .last = 0.01, .levels = 10}};
    const array images = uniform<array>({c.batch, c.size, c.size, c.channels}, 0, 1, rng);
    learner of_model{std::move(model)};
    replayed<cuda> step;
    array loss{shape{1}};
    const timing t = measured(c.seconds, [&] {
        step(of_model.rng, [&] {
            const array found = of_model.step_on(denoising_score_matching{schedule}, same_batch{images});
            cuda::copy(loss.write(), found.data(), sizeof(float));
        });
    });
    print(c.name, c.precision, "refinenet", t, 3 * flop);
}

}  // namespace

void time_training(const network_case& c) {
    philox rng{0};
    refinenet<array> network{{.channels = c.channels, .features = c.features}, rng};
    const double flop = evaluation_flop(network, c);
    if (c.precision == "bf16") time_steps(c, flop, reduced_precision<bfloat16, refinenet<array>>{std::move(network)}, rng);
    else time_steps(c, flop, std::move(network), rng);
}
