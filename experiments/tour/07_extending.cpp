// SPDX-License-Identifier: Apache-2.0
/// \file  Tour, 7: things of one's own, each as docs/extending.md describes it: a layer with a constructor and a model of it, an objective, a step
/// with two networks, an energy, a schedule, a data set, an operation and a device.
#include <ncsn/ncsn.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;

/// x + W₂ softplus(W₁ x), which starts as nearly x.   x: [N, D] -> [N, D].
template <class P> struct residual_dense {
    dense<P> in, out;
    double scale = 1;  ///< of the branch
    static constexpr std::tuple members{field{"in", &residual_dense::in}, field{"out", &residual_dense::out},
                                        field{"scale", &residual_dense::scale}};

    residual_dense() = default;                                                     // a lifted copy is made empty, then filled
    residual_dense(std::size_t size, std::size_t hidden, double branch, philox& rng) requires Array<P>
        : in{size, hidden, rng}, out{hidden, size, rng}, scale{branch} {}

    auto operator()(const Differentiable auto& x) const { return x + scale * out(softplus(in(x))); }
};

/// A stack of them, then a map to the score of one level.   x: [N, D] -> [N, D].
template <class P> struct residual_score {
    std::vector<residual_dense<P>> blocks;
    dense<P> last;
    static constexpr std::tuple members{field{"blocks", &residual_score::blocks}, field{"last", &residual_score::last}};

    residual_score() = default;
    residual_score(std::size_t size, std::size_t hidden, std::size_t depth, philox& rng) requires Array<P> : last{size, size, rng} {
        for (std::size_t k = 0; k < depth; ++k) blocks.emplace_back(size, hidden, 0.5, rng);
    }

    template <Differentiable X> auto operator()(const X& x) const {
        auto h = blocks.front()(x);
        for (std::size_t k = 1; k < blocks.size(); ++k) h = blocks.at(k)(h);
        return last(h);
    }
};

/// E √(|σ s(x + σz, σ) + z|² + c²) - c: denoising score matching that grows with the residual and not with its square, so that rare
/// points far out count less. σ uniform over the schedule.   x: [N, ...].
template <class N> struct robust_score_matching {
    static_assert(NoiseSchedule<N>, "robust_score_matching: a schedule is a range of standard deviations: geometric, a std::vector");
    N schedule;
    double width = 1;  ///< c

    template <Array A> auto operator()(const auto& model, const A& x, philox& rng) const {
        const noise_levels levels = draw_levels(schedule, x.shape()[0], rng);
        const A z = normal_like(x, rng), sigma = column(levels, x);
        const auto residual = sigma * model(A{x + sigma * z}, levels) + z;
        return mean_over_batch(sqrt(row_dot(residual, residual) + width * width) - width);
    }
};
template <class N> robust_score_matching(N) -> robust_score_matching<N>;

using score_network = scaled_by_noise<mlp<array>>;
using discriminator_network = unconditional<mlp<array>>;

/// Two networks with an optimizer each; `state` names what a checkpoint keeps.
struct adversarial_state {
    score_network score;
    discriminator_network discriminator;
    adam<score_network> of_score{score, {.rate = 1e-3, .beta1 = 0}};
    adam<discriminator_network> of_discriminator{discriminator, {.rate = 1e-3, .beta1 = -0.5}};
    philox rng;
    std::size_t step = 0;
    double seconds = 0;
    static constexpr std::tuple state{
        field{"score", &adversarial_state::score}, field{"discriminator", &adversarial_state::discriminator},
        field{"optimizer of the score", &adversarial_state::of_score}, field{"optimizer of the discriminator", &adversarial_state::of_discriminator},
        field{"rng", &adversarial_state::rng}, field{"step", &adversarial_state::step}, field{"seconds", &adversarial_state::seconds}};
};

/// One step of each against the other, with the least-squares loss: the discriminator tells data from denoised samples x̃ + σ² s(x̃, σ), the
/// score learns by denoising and from it (Jolicoeur-Martineau et al. 2020, Section 5).
struct adversarial_step {
    geometric schedule;

    auto operator()(adversarial_state& state, auto& batches) const {
        const array x = batches(state.step, sample_range{0, batches.size()}, state.rng);
        const noise_levels levels = draw_levels(schedule, x.shape()[0], state.rng);
        const array z = normal_like(x, state.rng), noisy = x + column(levels, x) * z, fake = denoise(state.score, noisy, levels);

        const auto of_discriminator = [&](const auto& d) { return mean_over_batch(square(d(x) - 1.0) + square(d(fake) + 1.0)); };
        state.of_discriminator.step(state.discriminator, loss_and_grad(of_discriminator, state.discriminator).gradient);

        const denoising_score_matching denoising{schedule};
        const auto of_score = [&](const auto& score) {
            return denoising(score, x, levels, z) + mean_over_batch(square(state.discriminator(denoise(score, noisy, levels)) - 1.0));
        };
        auto [loss, gradient] = loss_and_grad(of_score, state.score);
        state.of_score.step(state.score, gradient);
        return loss;
    }
};

/// E(x) = ½ |x ⊙ root|² - x·pull: a Gaussian of precision root² and mean pull/root².   x: [N, D] -> [N, 1].
template <class P> struct gaussian_energy {
    P root;  ///< [D]
    P pull;  ///< [D]
    static constexpr std::tuple members{field{"root", &gaussian_energy::root}, field{"pull", &gaussian_energy::pull}};
    auto operator()(const Differentiable auto& x, const noise_levels&) const {
        const auto scaled = x * root;
        return 0.5 * row_dot(scaled, scaled) - row_sum(x * pull);
    }
};

/// σ^(1/7) in equal distances (Karras et al. 2022, Equation 5).
struct karras_rule {
    static double at(double first, double last, double f) {
        const double from = std::pow(first, 1.0 / 7), to = std::pow(last, 1.0 / 7);
        return std::pow(from + f * (to - from), 7);
    }
};
using karras = spread_schedule<karras_rule>;

/// One bright line on black, horizontal in even images and vertical in odd ones; made when a batch asks for them.
struct lines {
    std::size_t count = 1000, side = 8;

    std::size_t size() const { return count; }
    ncsn::shape shape() const { return {1, side, side, 1}; }
    array batch(std::span<const std::size_t> rows) const {
        array x{shape().with_rows(rows.size())};
        float* pixels = x.write();
        for (std::size_t i = 0; i < rows.size(); ++i) {
            require(rows[i] < count, "lines: image ", rows[i], " of ", count, "; the last has number ", count - 1);
            const std::size_t place = rows[i] / 2 % side, step = rows[i] % 2 == 0 ? 1 : side, first = rows[i] % 2 == 0 ? place * side : place;
            for (std::size_t k = 0; k < side; ++k) pixels[i * side * side + first + k * step] = 1;
        }
        return x;
    }
};
static_assert(Dataset<lines>);

/// x/(1 + x²)^½.
struct squash_op {
    template <class T> NCSN_HD T value(T x) const { return x / std::sqrt(1 + x * x); }
    template <class T> NCSN_HD T slope(T x) const { return 1 / ((1 + x * x) * std::sqrt(1 + x * x)); }
    auto derivative(const Differentiable auto& x) const {
        const auto root = inverse_sqrt(1.0 + square(x));
        return root * root * root;
    }
};
inline constexpr elementwise_function<squash_op> squash;

/// A device that runs what a GPU runs, in one loop and in memory of the host.
struct one_loop {
    static constexpr bool is_host = false;                                          // nobody looks into its memory but kernels and copies
    static void* allocate(std::size_t bytes) { return cpu::allocate(bytes); }
    static void release(void* block, std::size_t bytes) { cpu::release(block, bytes); }
    static void copy(void* to, const void* from, std::size_t bytes) { std::memcpy(to, from, bytes); }
    static void upload(void* to, const void* from, std::size_t bytes) { std::memcpy(to, from, bytes); }
    static void download(void* to, const void* from, std::size_t bytes) { std::memcpy(to, from, bytes); }
    template <class T> static void fill(T* to, std::size_t count, T value) { fill_by<one_loop>(to, count, value); }

    template <class Body> static void launch(std::size_t n, const Body& body) {
        for (std::size_t i = 0; i < n; ++i) body(i);
    }
    template <class Body> static void launch_rows(std::size_t rows, std::size_t length, const Body& body) {
        for (std::size_t row = 0; row < rows; ++row) body(row, host_group{group_members(length)});
    }
};
static_assert(KernelDevice<one_loop>);

/// What no kernel of `arrays/kernels` does: here the CPU does it.
template <class T> tensor<T, one_loop> product(const tensor<T, one_loop>& a, const tensor<T, one_loop>& b, transposed which) {
    return on_device<one_loop>(product(on_device<cpu>(a), on_device<cpu>(b), which));
}

const gaussian_mixture<array> data({{1.0, {1, -2}}}, 2);                            // m = (1, -2), standard deviation 2
const geometric levels{{.first = 4, .last = 0.5, .levels = 6}};

double distance(const array& a, const array& b) { return std::sqrt(mean_over_batch(row_dot(a - b, a - b)).item()); }

void network() {
    philox rng{1};
    unconditional model{residual_score<array>{2, 16, 2, rng}};
    training_state state{std::move(model), {}, 0.99, rng};
    drawn_from batches{data, 256};
    trainer{gradient_step{sliced_score_matching{}, cosine_rate{1e-2, 500}}, {.steps = 500}}(state, batches);
    const array x = data.sample(1000, state.rng);
    std::cout << "network: distance from the score " << distance(state.model(x), data(x, no_noise)) << '\n';
}

void one_network() {
    philox rng{2};
    training_state state{scaled_by_noise{mlp<array>{2, 64, 2, rng}}, {}, 0.99, rng};
    drawn_from batches{data, 256};
    trainer{gradient_step{robust_score_matching{levels}, cosine_rate{1e-2, 500}}, {.steps = 500}}(state, batches);
    const array x = data.sample(1000, state.rng) + 4.0 * normal<array>({1000, 2}, state.rng);
    const noise_levels far = level_at(levels, 0);
    std::cout << "objective: distance from the score at sigma 4 " << distance(state.model(x, far), data(x, far)) << '\n';
}

void two_networks() {
    philox rng{3};
    adversarial_state state{.score = {mlp<array>{2, 64, 2, rng}}, .discriminator = {mlp<array>{2, 64, 1, rng}}, .rng = rng};
    drawn_from batches{data, 128};
    const trainer train{adversarial_step{levels}, {.steps = 300}};
    double loss = 0;
    train(state, batches, [&loss](const training_report& report) { loss = report.loss; });
    save_checkpoint("two.safetensors", state);

    adversarial_state again{.score = {mlp<array>{2, 64, 2, rng}}, .discriminator = {mlp<array>{2, 64, 1, rng}}, .rng = rng};
    load_checkpoint("two.safetensors", again);
    const array x = data.sample(100, rng);
    std::cout << "two networks: after step " << again.step << " loss " << loss << ", read back at a distance of "
              << distance(state.discriminator(x, no_noise), again.discriminator(x, no_noise)) << '\n';
}

void energy() {
    philox rng{4};
    training_state state{score_of(gaussian_energy<array>{array{{2}, 1}, array{{2}}}), {}, 0.99, rng};
    drawn_from batches{data, 256};
    trainer{gradient_step{sliced_score_matching{}, cosine_rate{2e-2, 500}}, {.steps = 500}}(state, batches);
    const auto& learned = state.model.energy;
    std::cout << "energy: precision " << learned.root[0] * learned.root[0] << ", mean " << learned.pull[1] / (learned.root[1] * learned.root[1])
              << '\n';
}

void schedule() {
    const karras sigmas{{.first = 20, .last = 0.1, .levels = 40}};
    philox rng{5};
    const array x = annealed{sigmas, probability_flow{}}(data, array{20.0 * normal<array>({4000, 2}, rng)}, rng);
    const array mean{{2}, {1, -2}};
    std::cout << "schedule: deviation " << distance(x, mean + 0.0 * x) / std::sqrt(2.0) << '\n';
}

void data_set() {
    const lines images;
    std::size_t seen = 0;
    for (const array& x : random_batches(images, 100, 10, philox{6})) seen += static_cast<std::size_t>(sum(x).item() / 8);
    std::cout << "data set: " << seen << " lines of " << any_dataset<array>{images}.size() << '\n';
}

void operation() {
    const tensor<double, cpu> x{{1, 1}, 0.5}, one{{1, 1}, 1.0};
    const auto [value, slope] = jvp([](const auto& at) { return squash(at); }, x, one);
    const auto [gradient, curvature] = hvp([](const auto& at) { return squash(at); }, x, one);
    std::cout << "operation: value " << value.item() << " slope " << slope.item() << ' ' << gradient.item() << " second " << curvature.item() << '\n';
}

/// Chains of a network that has not learned anything, wherever A is.
template <Array A> array chains() {
    philox rng{7};
    const scaled_by_noise network{mlp<A>{2, 16, 2, rng}};
    const A x0 = normal<A>({100, 2}, rng);
    return on_device<cpu>(annealed{levels, langevin{full_step(0.01)}}(network, x0, rng));
}

void device() {
    const array here = chains<array>(), there = chains<tensor<float, one_loop>>();
    std::cout << "device: chains of length " << distance(here, 0.0 * here) << " end at a distance of " << distance(there, here)
              << " from the CPU's\n";
}

int main() {
    network();
    one_network();
    two_networks();
    energy();
    schedule();
    data_set();
    operation();
    device();
}
