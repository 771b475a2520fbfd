// SPDX-License-Identifier: Apache-2.0
/// \file  Figure 11 of the reproduction report (2019): annealed Langevin dynamics on two Gaussians for twelve step sizes.
///
/// As coded: the score of a mixture whose components have the variance σ² at level σ, so that they end with the last level's 0.1 where the data
/// have 1. Corrected: the variance 1 + σ² of the data seen through noise. The report concludes that no step size works; with the right score
/// several do.
#include "../support/figure.hpp"
#include "../support/two_gaussians.hpp"

#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/statistics/mode_weights.hpp>

using namespace ncsn;

constexpr std::size_t samples = 1280, moves = 100;
const geometric schedule{{.first = 10, .last = 0.1, .levels = 10}};
const std::vector<double> wide{1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6}, narrow{1e-4, 8e-5, 6e-5, 4e-5, 2e-5, 1e-5};

/// What one step size made of 1,280 points.
struct ending {
    bool finite = false;
    double upper_weight = 0, upper_deviation = 0, lower_deviation = 0;

    /// Near enough to ⅘ and 1 that the eye finds nothing wrong.
    bool satisfactory() const {
        return finite && std::abs(upper_weight - 0.8) < 0.07 && std::abs(upper_deviation - 1) < 0.15 && std::abs(lower_deviation - 1) < 0.15;
    }
};

/// One panel. A run that the sampler refuses, because it would diverge, leaves no points.
ending panel(const figure& f, const std::string& name, const gaussian_mixture<array>& score, const gaussian_mixture<array>& data, double epsilon,
              const array& x0, philox& rng) {
    array x({1, 2}, 1e9f);                                                          // out of the picture
    ending result;
    try {
        x = annealed{schedule, repeat{moves, langevin{half_step(epsilon)}}}(score, x0, rng);
        const auto deviations = mode_deviations(data, x);
        result = {true, mode_weights(data, x)[0], deviations[0], deviations[1]};
    } catch (const error&) {
    }
    f.keep(name, x);
    std::ostringstream numbers;
    numbers << std::fixed << std::setprecision(2);
    if (result.finite) numbers << result.upper_weight << ", " << result.upper_deviation;
    else numbers << "diverges";
    f.keep_text(name + ".txt", numbers.str() + '\n');
    return result;
}

void run(figure& f) {
    const auto data = two_gaussians<array>(), atoms = two_atoms<array>();
    philox rng{f.seed};
    const auto x0 = uniform<array>({samples, 2}, -8, 8, rng);
    double coded = 0, corrected = 0;
    for (std::size_t k = 0; k < wide.size(); ++k) {
        const auto a = panel(f, "wide" + std::to_string(k), atoms, data, wide[k], x0, rng);
        const auto b = panel(f, "narrow" + std::to_string(k), atoms, data, narrow[k], x0, rng);
        const auto c = panel(f, "corrected" + std::to_string(k), data, data, wide[k], x0, rng);
        coded += a.satisfactory() + b.satisfactory();
        corrected += c.satisfactory();
        if (wide[k] == 1e-1) f.measure("coded.diverges", !a.finite);
        if (wide[k] == 1e-2) {
            f.measure("coded.deviation", a.upper_deviation);
            f.measure("corrected.upper_mode", c.upper_weight);
            f.measure("corrected.deviation", c.upper_deviation);
        }
        if (wide[k] == 1e-6) f.measure("coded.start", a.upper_weight);
    }
    f.measure("coded.satisfactory", coded);
    f.measure("corrected.satisfactory", corrected);
}

int main(int argc, char** argv) {
    return reproduce(argc, argv, run);
}
