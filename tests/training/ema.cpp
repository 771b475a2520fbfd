// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the running average of a model.
#include <ncsn/models/mlp.hpp>
#include <ncsn/training/ema.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace ncsn;
using reals = tensor<double>;

namespace {

/// A model with state that is no parameter.
struct with_state {
    reals weight;
    buffer<reals> state;
    static constexpr std::tuple members{field{"weight", &with_state::weight}, field{"state", &with_state::state}};
};

}  // namespace

BOOST_AUTO_TEST_CASE(it_starts_at_the_model_and_forgets_at_its_rate) {
    with_state model{reals({2}, {1, -2}), {reals({1}, {10})}};
    ema average{model, 0.9};
    BOOST_TEST(average.model().weight[1] == -2);
    model.weight = reals({2}, {3, 5}), model.state.value = reals({1}, {0});
    for (int n = 1; n <= 30; ++n) {
        average.update(model);
        const double kept = std::pow(0.9, n);
        BOOST_TEST(std::abs(average.model().weight[0] - (3 + kept * (1 - 3))) < 1e-13);
        BOOST_TEST(std::abs(average.model().weight[1] - (5 + kept * (-2 - 5))) < 1e-13);
        BOOST_TEST(std::abs(average.model().state.value[0] - kept * 10) < 1e-13);     // state is averaged with the parameters
    }
    BOOST_TEST(model.weight[0] == 3);
}

BOOST_AUTO_TEST_CASE(a_rate_is_at_least_zero_and_below_one) {
    philox rng{1};
    const mlp<tensor<float>> model{2, 3, 1, rng};
    BOOST_CHECK_THROW((ema{model, 1.0}), error);
    BOOST_CHECK_THROW((ema{model, -0.1}), error);
    BOOST_CHECK_NO_THROW((ema{model, 0.0}));
    ema changed{model};
    changed.rate = 1.5;
    BOOST_CHECK_THROW(changed.update(model), error);
}
