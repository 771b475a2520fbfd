// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of densities that scores know: the score is the gradient of what log_density says.
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/models/log_density.hpp>
#include <ncsn/models/mlp.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using reals = tensor<double, cpu>;

namespace {

/// An energy for tests: |x|²/(2(1 + σ²)), without parameters.
struct quadratic {
    static constexpr std::tuple<> members{};
    template <Differentiable X> X operator()(const X& x, const noise_levels& z) const {
        return 0.5 * row_sum(column(z, x, [](double sigma) { return 1 / (1 + sigma * sigma); }) * (x * x));
    }
};

void check_gradient(const auto& score, double bound) {
    philox rng{1};
    const noise_levels level{{0}, {0.6}};
    const reals x = normal<reals>({6, 2}, rng), s = score(x, level);
    BOOST_TEST((log_density(score, x, level).shape() == shape{6, 1}));
    const double h = 1e-5;
    for (std::size_t i = 0; i < x.size(); ++i) {
        reals up = x, down = x;
        up.write()[i] += h, down.write()[i] -= h;
        BOOST_TEST(std::abs((log_density(score, up, level)[i / 2] - log_density(score, down, level)[i / 2]) / (2 * h) - s[i]) < bound);
    }
}

}  // namespace

static_assert(DensityModel<gaussian_mixture<reals>, reals>);
static_assert(DensityModel<energy_score<quadratic>, reals>);
static_assert(!DensityModel<unconditional<mlp<reals>>, reals>);                       // a network that gives scores only

BOOST_AUTO_TEST_CASE(the_score_of_a_mixture_is_the_gradient_of_its_log_density) {
    check_gradient(gaussian_mixture<reals>{{{0.6, {1, -1}}, {0.4, {0, 2}}}, 0.7}, 1e-8);
}
BOOST_AUTO_TEST_CASE(the_score_of_an_energy_is_the_gradient_of_minus_the_energy) {
    check_gradient(score_of(quadratic{}), 1e-8);
    philox rng{2};
    check_gradient(score_of(unconditional{mlp<reals>{2, 8, 1, rng}}), 1e-8);
}
