// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the score of an energy: its value, its derivatives, and an attack through a frozen network.
/// Objectives of energies: training/denoising.cpp, training/sliced.cpp.
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/energy_score.hpp>
#include <ncsn/models/mlp.hpp>

#include <boost/test/unit_test.hpp>

#include <support/gradient_error.hpp>

using namespace ncsn;
using reals = tensor<double, cpu>;

namespace {

struct fixture {
    philox rng{7};
    unconditional<mlp<reals>> energy{mlp<reals>{2, 6, 1, rng}};
    energy_score<unconditional<mlp<reals>>> score = score_of(energy);
    reals x = normal<reals>({5, 2}, rng), v = normal<reals>({5, 2}, rng), u = normal<reals>({5, 2}, rng);
    const double h = 1e-5, reached = 1e-8;                                            // 1e-10 is measured
    double error(const reals& a, const reals& b) const {
        double largest = 0;
        for (std::size_t i = 0; i < b.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
        BOOST_TEST_MESSAGE("against central differences " << largest);
        return largest;
    }
    static void check(const char* what, double e) {
        BOOST_TEST_MESSAGE(what << ": gradient against central differences " << e);
        BOOST_TEST(e < 1e-8, what << ": " << e);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(its_value_is_minus_the_gradient_of_the_energy, fixture) {
    const reals s = score(x, no_noise);
    BOOST_TEST_REQUIRE(s.shape() == x.shape());
    reals slope(x.shape());
    for (std::size_t i = 0; i < x.size(); ++i) {
        reals up = x, down = x;
        up.write()[i] += h, down.write()[i] -= h;
        slope.write()[i] = -(sum(energy(up)).item() - sum(energy(down)).item()) / (2 * h);
    }
    BOOST_TEST(error(s, slope) < reached);
}

BOOST_FIXTURE_TEST_CASE(its_tangent_is_minus_the_hessian_times_the_direction, fixture) {
    const dual<reals> s = score(dual{x, v}, no_noise);
    BOOST_TEST(error(s.tangent, (score(x + h * v, no_noise) - score(x - h * v, no_noise)) / (2 * h)) < reached);
    BOOST_TEST(error(s.value, score(x, no_noise)) == 0);
    const auto product = hvp([&](const auto& at) { return energy(at); }, x, v);
    BOOST_TEST(error(s.tangent, -product.derivative) < 1e-14);
    BOOST_TEST(error(s.value, -product.value) < 1e-14);
}

BOOST_FIXTURE_TEST_CASE(the_adjoint_of_its_input_is_minus_the_hessian_times_the_adjoint, fixture) {
    // An attack through a frozen energy: plain parameters, the input on a tape. The Hessian is symmetric, so the jvp gives the same product.
    const auto pulled = vjp([&](const auto& at) { return score(at, no_noise); }, x, u);
    BOOST_TEST(error(pulled.derivative, score(dual{x, u}, no_noise).tangent) < 1e-14);
}

BOOST_FIXTURE_TEST_CASE(a_score_network_learns_through_a_frozen_discriminator, fixture) {
    unconditional<mlp<reals>> network{mlp<reals>{2, 6, 2, rng}};
    check("attack on a frozen network", gradient_error([&](const auto& model) {
        return mean_over_batch(square(energy(x + 0.3 * model(x)) - 1));               // the least-squares loss of a generator
    }, network));
}
