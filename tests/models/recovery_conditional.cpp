// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the conditional density of recovery likelihood: gradient and closed form, with a level for each sample.
#include <ncsn/models/energy_mlp.hpp>
#include <ncsn/models/recovery_conditional.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using reals = tensor<double, cpu>;
using conditional_type = recovery_conditional<energy_mlp<reals>, reals>;

static_assert(DensityModel<conditional_type, reals>);

BOOST_AUTO_TEST_CASE(its_score_is_the_gradient_of_its_log_density) {
    philox rng{1};
    const recovery_process process = recovery_code(recovery_t6(), 0.05);
    const energy_mlp<reals> energy{2, 8, rng};
    const reals y = normal<reals>({6, 2}, rng), condition = normal<reals>({6, 2}, rng);
    const noise_levels levels = process.levels({0, 1, 2, 3, 4, 5});
    const recovery_conditional conditional{process, energy, condition};
    const reals s = conditional(y, levels);
    const double h = 1e-6;
    for (std::size_t i = 0; i < y.size(); ++i) {
        reals up = y, down = y;
        up.write()[i] += h, down.write()[i] -= h;
        const double difference = (log_density(conditional, up, levels)[i / 2] - log_density(conditional, down, levels)[i / 2]) / (2 * h);
        BOOST_TEST(std::abs(difference - s[i]) < 1e-6 * (1 + std::abs(s[i])));
    }
}

BOOST_AUTO_TEST_CASE(it_is_the_energy_in_its_units_and_the_distance_from_the_condition) {
    philox rng{2};
    const recovery_process process = recovery_code();
    const energy_mlp<reals> energy{2, 8, rng};
    const reals y = normal<reals>({2, 2}, rng), condition = normal<reals>({2, 2}, rng);
    const noise_levels levels = process.levels({2, 5});
    const reals density = recovery_conditional{process, energy, condition}.log_density(y, levels), e = energy(y, levels);
    for (std::size_t n = 0; n < 2; ++n) {
        const recovery_step& step = process[levels.index[n]];
        const double a = y[2 * n] - condition[2 * n], b = y[2 * n + 1] - condition[2 * n + 1];
        const double pull = n == 0 ? (a * a + b * b) / (2 * step.sigma * step.sigma) : 0;   // the last level is marginal
        BOOST_TEST(std::abs(density[n] - (-e[n] / step.variance - pull)) < 1e-9);
    }
}
