// SPDX-License-Identifier: Apache-2.0
/// \file  The law of annealed Langevin chains between two atoms, carried through every move on a grid: the numbers that the figures of the
/// reproduction report are held to.
#include <ncsn/levels/schedule.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <vector>

using namespace ncsn;

namespace {

/// x_1, x_2, ... of width h from -reach to reach, and the share of the points in each.
struct law_on_a_line {
    double reach, h;
    std::vector<double> share;

    law_on_a_line(double far, double width) : reach{far}, h{width}, share(static_cast<std::size_t>(2 * far / width) + 1) {}
    double at(std::size_t i) const { return h * static_cast<double>(i) - reach; }
    /// The law after one move x <- m(x) + s z.
    law_on_a_line moved(const auto& mean, double s) const {
        law_on_a_line next{reach, h};
        std::vector<double> weights;
        for (std::size_t i = 0; i < share.size(); ++i) {
            if (share[i] < 1e-14) continue;
            const double m = mean(at(i));
            const auto first = static_cast<std::size_t>(std::max(0.0, (m - 8 * s + reach) / h)),
                       last = static_cast<std::size_t>(std::min(2 * reach / h, (m + 8 * s + reach) / h));
            const double d = (at(first) - m) / s, step = h / s, slower = std::exp(-step * step);
            double weight = std::exp(-d * d / 2), ratio = std::exp(-d * step - step * step / 2), sum = 0;   // of neighbours, which falls evenly
            weights.clear();
            for (std::size_t k = first; k <= last; ++k, weight *= ratio, ratio *= slower) sum += weights.emplace_back(weight);
            for (std::size_t k = first; k <= last; ++k) next.share[k] += share[i] * weights[k - first] / sum;
        }
        return next;
    }
};
struct two_modes {
    double upper_weight, upper_deviation;
};
/// Chains of the authors' program on 1/5 N((-5,-5), σ²) + 4/5 N((5,5), σ²): along the line of the means alone the score looks at where x is. The
/// start is uniform on [-8, 8]², of which that line sees a triangle; 100 moves a level, a = ε σ²/σ_L² of the half step.
two_modes after_annealing(const std::vector<double>& sigmas, double epsilon) {
    const double far = 5 * std::sqrt(2.0), side = 8 * std::sqrt(2.0);
    law_on_a_line law{90, 0.15};
    double total = 0;
    for (std::size_t i = 0; i < law.share.size(); ++i) total += law.share[i] = std::max(0.0, side - std::abs(law.at(i)));
    for (double& share : law.share) share /= total;
    for (const double sigma : sigmas) {
        const double a = epsilon * std::pow(sigma / sigmas.back(), 2);
        for (int move = 0; move < 100; ++move)
            law = law.moved([&](double x) {
                const double upper = 1 / (1 + 0.25 * std::exp(-2 * far * x / (sigma * sigma))), mean = far * (2 * upper - 1);
                return x + a / 2 * (mean - x) / (sigma * sigma);
            }, std::sqrt(a));
    }
    double weight = 0, first = 0, second = 0;
    for (std::size_t i = 0; i < law.share.size(); ++i) {
        const double x = law.at(i);
        if (x > 0) weight += law.share[i], first += x * law.share[i], second += x * x * law.share[i];
    }
    return {weight, std::sqrt(second / weight - std::pow(first / weight, 2))};
}

}  // namespace

BOOST_AUTO_TEST_CASE(chains_to_the_report_s_last_level_have_the_weight_and_the_width_that_its_figure_states) {
    const geometric report{{.first = 20, .last = std::exp(0.1), .levels = 10}};
    const two_modes found = after_annealing({report.begin(), report.end()}, 0.1);
    BOOST_TEST(std::abs(found.upper_weight - 0.7802) < 1e-4);
    BOOST_TEST(std::abs(found.upper_deviation - 1.1167) < 1e-3);
    BOOST_TEST(std::abs(1.1167 - std::exp(0.1) / std::sqrt(1 - 0.25 * 0.1 * std::exp(-0.2))) < 1e-4);
}
