// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the energy in the plane: its size, its formula, and that its score can be trained.
#include <ncsn/models/energy_mlp.hpp>
#include <ncsn/models/energy_score.hpp>

#include <boost/test/unit_test.hpp>

#include <support/gradient_error.hpp>

using namespace ncsn;
using reals = tensor<double, cpu>;

static_assert(EnergyModel<energy_mlp<reals>, reals>);
static_assert(EnergyModel<energy_mlp<reals>, var<reals>>);
static_assert(EnergyModel<energy_mlp<reals>, dual<reals>>);
static_assert(ScoreModel<energy_score<energy_mlp<reals>>, reals>);
static_assert(Trainable<energy_mlp<reals>>);

BOOST_AUTO_TEST_CASE(it_has_three_hidden_layers_of_128) {
    philox rng{1};
    BOOST_TEST(parameter_count(energy_mlp<reals>{2, 128, rng}) == 2 * 128 + 128 + 2 * (128 * 128 + 128) + 128 + 1u);
    BOOST_CHECK_THROW((energy_mlp<reals>{2, 128, rng, 0}), error);
}

BOOST_AUTO_TEST_CASE(the_level_enters_after_the_first_layer) {
    philox rng{2};
    const energy_mlp<reals> energy{2, 4, rng, 1};
    const reals x({2, 2}, {0.5, -1, 2, 0.1});
    const noise_levels levels{{3, 0}, {1, 1}};
    const reals e = energy(x, levels);
    BOOST_TEST_REQUIRE((e.shape() == shape{2, 1}));
    for (std::size_t n = 0; n < 2; ++n) {
        double expected = energy.layers[1].bias[0];
        for (std::size_t k = 0; k < 4; ++k) {
            const double angle = static_cast<double>(levels.index[n]) * (k % 2 == 0 ? 1 : 1e-4), wave = k < 2 ? std::sin(angle) : std::cos(angle);
            const reals &w = energy.layers[0].weight, &b = energy.layers[0].bias;
            const double h = w[2 * k] * x[2 * n] + w[2 * k + 1] * x[2 * n + 1] + b[k] + wave;
            expected += energy.layers[1].weight[k] * (h > 0 ? h : 0.2 * h);
        }
        BOOST_TEST(std::abs(e[n] - expected) < 1e-14);
    }
    const reals one = energy(x, noise_levels{{3}, {1}});                               // one level for all
    BOOST_TEST(one[0] == e[0]);
    BOOST_TEST(one[1] != e[1]);
}

BOOST_AUTO_TEST_CASE(its_score_trains_by_the_gradient_of_a_gradient) {
    philox rng{3};
    const auto score = score_of(energy_mlp<reals>{2, 6, rng});
    const reals x = normal<reals>({5, 2}, rng), target = normal_like(x, rng);
    const noise_levels levels{{0, 1, 2, 3, 4}, {1, 1, 1, 1, 1}};
    const double error = gradient_error([&](const auto& model) {
        const auto residual = model(x, levels) - target;
        return mean_over_batch(row_dot(residual, residual));
    }, score);
    BOOST_TEST_MESSAGE("gradient against central differences " << error);
    BOOST_TEST(error < 1e-7);
}
