// SPDX-License-Identifier: Apache-2.0
/// \file  Tour, 6: what one reaches for every day. docs/idioms.md says which part is for what; the numbers it prints are checked by a test.
#include <ncsn/ncsn.hpp>

#include <barrier>
#include <iomanip>
#include <thread>

using namespace ncsn;
using array = tensor<float, cpu>;

/// Denoising score matching for networks that look at σ.
const denoising_score_matching any_sigma{log_uniform{.first = 5, .last = 0.05}};    // ln σ uniform between the two; the index is 0

/// Threads in place of processes: every share is laid down, all wait, and each adds them up in the same order.
struct workers {
    std::vector<array>* shares;
    std::barrier<>* meeting;
    std::size_t own;

    std::size_t rank() const { return own; }
    std::size_t size() const { return shares->size(); }
    void sum(array& x) const {
        (*shares)[own] = x;
        meeting->arrive_and_wait();
        array total = (*shares)[0];
        for (std::size_t k = 1; k < size(); ++k) total = total + (*shares)[k];
        meeting->arrive_and_wait();                                                 // all have read before one writes again
        x = total;
    }
};

using network = scaled_by_noise<mlp<array>>;
const gaussian_mixture<array> data({{0.8, {2, 2}}, {0.2, {-2, -2}}}, 0.5);

training_state<network> fresh_state() {
    philox rng{0};
    network model{mlp<array>{2, 64, 2, rng}};
    return training_state{std::move(model), {.rate = 3e-3}, 0.99, rng};
}

double distance(const array& a, const array& b) { return std::sqrt(mean_over_batch(row_dot(a - b, a - b)).item()); }

void own_loop() {
    auto [model, optimizer, average, rng, step, seconds] = fresh_state();
    for (step = 0; step < 300; ++step) {
        const array x = data.sample(128, rng);
        auto [loss, gradient] = value_and_grad(any_sigma, model, x, rng);
        clip(gradient, 10);
        optimizer.step(model, gradient);
        average.update(model);
        if (step % 100 == 99) std::cout << "own loop " << step + 1 << "  loss " << loss << '\n';
    }
}

void cancelling_and_checkpoints() {
    auto state = fresh_state();
    drawn_from batches{data, 128};
    std::stop_source stop;
    const trainer train{gradient_step{any_sigma, cosine_rate{3e-3, 400}}, {.steps = 400}};
    train(state, batches, [&](const training_report& report) {
        if (report.step == 150) stop.request_stop();                                // from any thread, or a handler of signals
    }, stop.get_token());
    save_checkpoint("run.safetensors", state);

    auto resumed = fresh_state();
    load_checkpoint("run.safetensors", resumed);
    train(resumed, batches);
    train(state, batches);
    std::cout << "stopped, saved and resumed: differs by " << distance(state.model.network.layers[0].weight, resumed.model.network.layers[0].weight)
              << '\n';
}

void parts_and_clipping() {
    auto whole = fresh_state(), parts = fresh_state();
    drawn_from batches{data, 128};
    trainer{gradient_step{any_sigma}, {.steps = 1}}(whole, batches);
    const gradient_step in_parts{any_sigma, constant_rate{3e-3}, {.parts = 4, .clip = 100}};
    whole = fresh_state();
    trainer{gradient_step{any_sigma, constant_rate{3e-3}}, {.steps = 3}}(whole, batches);
    trainer{in_parts, {.steps = 3}}(parts, batches);
    std::cout << "four micro-batches: differ by " << distance(whole.model.network.layers[0].weight, parts.model.network.layers[0].weight) << '\n';
}

void several_processes() {
    auto alone_state = fresh_state();
    drawn_from batches{data, 128};
    trainer{gradient_step{any_sigma, constant_rate{3e-3}}, {.steps = 3}}(alone_state, batches);

    std::vector<array> shares(2);
    std::barrier<> meeting{2};
    std::vector<training_state<network>> states{fresh_state(), fresh_state()};
    {
        std::vector<std::jthread> threads;
        for (std::size_t k = 0; k < 2; ++k) threads.emplace_back([&, k] {
            drawn_from own{data, 128};                                              // of the whole batch each takes its half
            const gradient_step step{any_sigma, constant_rate{3e-3}, {}, workers{&shares, &meeting, k}};
            trainer{step, {.steps = 3}}(states[k], own);
        });
    }
    std::cout << "two processes: differ by "
              << distance(alone_state.model.network.layers[0].weight, states[1].model.network.layers[0].weight) << '\n';
}

void threads_and_seeds() {
    const geometric schedule{{.first = 5, .last = 0.2, .levels = 20}};
    const annealed sampler{schedule, repeat{10, langevin{full_step(0.004)}}};
    const philox rng{7};
    const auto chains = [&](std::size_t first, std::size_t count) {                 // of one run, however it is cut
        philox own = rng.at_sample(first);
        const array x0 = schedule[0] * normal<array>({count, 2}, own);
        return sampler(data, x0, own);                                              // data is const: all threads share it
    };
    const array whole = chains(0, 200);
    array first, second;
    {
        const std::jthread one{[&] { first = chains(0, 100); }}, other{[&] { second = chains(100, 100); }};
    }
    bool same = true;
    for (std::size_t i = 0; i < 200; ++i) same = same && first[i] == whole[i] && second[i] == whole[200 + i];
    std::cout << "chains in two threads are " << (same ? "the same bits" : "others") << '\n';
}

void signs() {
    philox rng{3};
    const array v = map(normal<array>({1000, 2}, rng), sign_of{});                  // Rademacher: -1 or 1
    std::cout << "mean square of signs " << mean_over_batch(row_dot(v, v)).item() / 2 << '\n';
}

void likelihood() {
    const geometric levels{{.first = 20, .last = 0.01, .levels = 100}};
    const flow_likelihood log_density{levels, 0, white_noise{.mean = 1.2, .variance = 2.81}};
    philox rng{4};
    const array x = data.sample(100, rng);
    const double found = mean_over_batch(log_density(data, x, rng)).item();
    const double exact = mean_over_batch(data.log_density(x, no_noise)).item();
    std::cout << "log-likelihood " << found << " nats, exactly " << exact << '\n';
    std::cout << "bits a dimension at a spacing of 1/256: " << bits_per_dimension(found, 2, 1.0 / 256) << '\n';
}

int main() {
    own_loop();
    cancelling_and_checkpoints();
    parts_and_clipping();
    several_processes();
    threads_and_seeds();
    signs();
    likelihood();
}
