// SPDX-License-Identifier: Apache-2.0
/// \file  Section 4.2 of Gao et al. (2021) where the truth is known: eight Gaussians on a circle, whose density has a closed form at every level.
///
/// The energies are exact, so what is off is of the chains and of the estimate of ln Z from them (Appendix A.4), and not of a network.
#include "../support/figure.hpp"

#include <ncsn/data/planar.hpp>
#include <ncsn/samplers/long_run.hpp>
#include <ncsn/statistics/partition_function.hpp>

#include <cmath>
#include <numbers>

using namespace ncsn;
using reals = tensor<double>;

namespace {

constexpr std::size_t modes = 8;
constexpr double radius = 1.5, deviation = 0.15;

/// E(y, t)/scale_t = -ln Σ_k exp(-|y - a m_k|²/2v): y_t = a'_{t+1} x_t has the means a m_k and the variance v round each, so Z_t = 8 · 2πv.
struct ring_energy {
    recovery_process process;
    reals means{{modes, 2}};  ///< m_k
    [[maybe_unused]] static constexpr std::tuple<> members{};

    explicit ring_energy(recovery_process p) : process{std::move(p)} {
        for (std::size_t k = 0; k < modes; ++k) {
            const double angle = 2 * std::numbers::pi * static_cast<double>(k) / modes;
            means.write()[2 * k] = radius * std::cos(angle), means.write()[2 * k + 1] = radius * std::sin(angle);
        }
    }
    double signal(std::size_t t) const { return process[t].kept * process[t].total_signal; }
    double variance(std::size_t t) const {
        const recovery_step& s = process[t];
        return s.kept * s.kept * (s.total_signal * s.total_signal * deviation * deviation + s.total_sigma * s.total_sigma);
    }
    double log_z(std::size_t t) const { return std::log(modes * 2 * std::numbers::pi * variance(t)); }

    template <Differentiable X> X operator()(const X& y, const noise_levels& z) const {
        const auto per = [&](const auto& f) { return index_column(z, y, f); };
        const X products = per([this](std::size_t t) { return signal(t) / variance(t); }) * matmul(y, means);
        const X squares = per([this](std::size_t t) { return 0.5 / variance(t); }) *
                          (row_sum(y * y) + per([this](std::size_t t) { return signal(t) * signal(t) * radius * radius; }));
        return per([this](std::size_t t) { return process[t].scale; }) * (squares - row_log_sum_exp(products));
    }
};

/// ln p(x) of the data, by its definition.
reals log_density(const reals& x) {
    reals all{{x.shape()[0], 1}};
    for (std::size_t i = 0; i < x.shape()[0]; ++i) {
        double sum = 0;
        for (std::size_t k = 0; k < modes; ++k) {
            const double angle = 2 * std::numbers::pi * static_cast<double>(k) / modes;
            const double far = std::hypot(x[2 * i] - radius * std::cos(angle), x[2 * i + 1] - radius * std::sin(angle)) / deviation;
            sum += std::exp(-far * far / 2) / (modes * 2 * std::numbers::pi * deviation * deviation);
        }
        all.write()[i] = std::log(sum);
    }
    return all;
}
reals data(std::size_t n, philox& rng) { return gaussian_ring<reals>{modes, radius, deviation, 1}.sample(n, rng); }

/// Samples of every level without a chain: a'_{t+1} (ā_t x + σ̄_t n).
std::vector<reals> exact_samples(const recovery_process& process, std::size_t n, philox& rng) {
    std::vector<reals> all;
    for (std::size_t t = 0; t < process.size(); ++t) {
        const recovery_step& s = process[t];
        all.push_back(s.kept * (s.total_signal * data(n, rng) + s.total_sigma * normal<reals>({n, 2}, rng)));
    }
    return all;
}

class truths {
public:
    explicit truths(figure& f) : f_{f}, n_{f.option<std::size_t>("chains")}, rng_{f.seed}, start_{normal<reals>({n_, 2}, rng_)} {}

    void run() {
        const reals x = data(n_, rng_);
        law("data", x);
        f_.keep("data", x);
        const ring_energy fine{recovery_fine(ddpm_diffusion({.steps = f_.option<std::size_t>("levels")}))};
        estimate("exact", fine, exact_samples(fine.process, n_, rng_));
        chains("one", fine, long_run{});
        const level_steps found = adapted_steps(fine.process, fine, normal<reals>({200, 2}, rng_), rng_, adaptation{.transitions = 5});
        const std::size_t moves = f_.option<std::size_t>("moves");
        chains("long", fine, long_run{found.steps, moves});
        const ring_energy six{recovery_paper()};
        estimate("six", six, exact_samples(six.process, n_, rng_));
    }

private:
    /// ln Z and the density of test data that follows beside the truth; how many samples the worst level has in effect.
    void estimate(const std::string& name, const ring_energy& energy, const std::vector<reals>& samples) {
        const partition_estimate found = log_partition_function(energy.process, energy, samples, start_, 0);
        f_.measure(name + ".off", found.log_z - energy.log_z(0));
        f_.measure(name + ".error", found.standard_error());
        f_.measure(name + ".effective", found.least_effective() / static_cast<double>(n_));
        philox rng = philox{f_.seed, 1};
        const reals x = data(1000, rng), ours = recovery_log_density(energy.process, energy, found.log_z, x);
        const double unit = 2 * std::numbers::ln2, bits = -mean(ours).item() / unit, truth = -mean(log_density(x)).item() / unit;
        f_.measure(name + ".bits", bits);
        f_.measure(name + ".true_bits", truth);
        f_.measure(name + ".bits_off", bits - truth);
    }
    void law(const std::string& name, const reals& x) {
        std::size_t inside = 0;
        std::vector<double> shares(modes);
        for (std::size_t i = 0; i < x.shape()[0]; ++i) {
            const double turns = modes * std::atan2(x[2 * i + 1], x[2 * i]) / (2 * std::numbers::pi), nearest = std::round(turns);
            const double angle = 2 * std::numbers::pi * nearest / modes;
            inside += std::hypot(x[2 * i] - radius * std::cos(angle), x[2 * i + 1] - radius * std::sin(angle)) < 3 * deviation;
            shares[(static_cast<std::size_t>(nearest + modes)) % modes] += 1 / static_cast<double>(x.shape()[0]);
        }
        f_.measure(name + ".inside", static_cast<double>(inside) / static_cast<double>(x.shape()[0]));
        f_.measure(name + ".square", mean(row_sum(x * x)).item());
        double off = 0;
        for (const double share : shares) off += 0.5 * std::abs(share - 1.0 / modes);
        f_.measure(name + ".shares_off", off);
    }
    void chains(const std::string& name, const ring_energy& energy, const long_run& transition) {
        std::vector<reals> samples(energy.process.size());
        const reals x = progressive{energy.process, transition}(energy, start_, rng_, [&](const noise_level& level, const long_run_move<reals>& at) {
            samples[level.index] = at.x;
        });
        estimate(name, energy, samples);
        law(name, x);
        f_.keep(name, x);
    }

    figure& f_;
    std::size_t n_;
    philox rng_;
    reals start_;
};

}  // namespace

int main(int argc, char** argv) {
    return reproduce(argc, argv, [](figure& f) { truths{f}.run(); });
}
