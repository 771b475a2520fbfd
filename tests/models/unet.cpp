// SPDX-License-Identifier: Apache-2.0
/// \file  The U-Net: numbers of parameters, derivatives, initial weights, levels, and what is refused.
#include <ncsn/models/unet.hpp>

#include <support/network_laws.hpp>

using namespace ncsn;

namespace {

constexpr unet_settings small{.channels = 1, .features = 4, .groups = 2};
unet_settings told(unet_settings s) {
    s.conditional = true;
    return s;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_papers_networks_have_the_papers_numbers_of_parameters) {
    using array = tensor<float>;
    philox rng{1};
    const unet<array> network{{}, rng};
    BOOST_TEST(parameter_count(network) == 33'185'411u);
    const std::size_t of_the_level = parameter_count(network.temb_dense[0]) + parameter_count(network.temb_dense[1]);
    BOOST_TEST(of_the_level == 328'704u);
    BOOST_TEST(parameter_count(unet<array>{{.conditional = true}, rng}) == 35'746'307u);
    BOOST_TEST(parameter_count(unet<array>{{.deeper = true}, rng}) == 111'547'267u);
}

BOOST_AUTO_TEST_CASE(derivatives_agree_with_differences) {
    philox rng{2};
    unet<reals> network{small, rng};
    network.temb_dense.clear();                                                       // nothing depends on it here
    check_network_derivatives(network, {2, 8, 16, 1});
    check_network_derivatives(unet<reals>{told(small), rng}, {2, 8, 8, 1}, noise_levels{{3, 0}, {1, 1}});
}

BOOST_AUTO_TEST_CASE(samples_are_apart_and_only_the_conditional_network_sees_the_level) {
    philox rng{3};
    const unet<reals> free{small, rng}, conditional{told(small), rng};
    check_samples_apart(free, {3, 8, 8, 1}, noise_levels{{2, 0, 1}, {1, 1, 1}});
    check_samples_apart(conditional, {3, 8, 8, 1}, noise_levels{{2, 0, 1}, {1, 1, 1}});
    const reals x = uniform<reals>({2, 16, 8, 1}, 0, 1, rng);
    BOOST_TEST(distance(free(x, noise_levels{{0}, {1.0}}), free(x, noise_levels{{5}, {0.1}})) == 0);
    BOOST_TEST(distance(conditional(x, noise_levels{{0}, {1.0}}), conditional(x, noise_levels{{5}, {0.1}})) > 1e-3);
}

BOOST_AUTO_TEST_CASE(initial_weights_follow_the_rule) {
    const auto largest = [](const reals& weights) {
        double most = 0;
        for (const double w : weights.values()) most = std::max(most, std::abs(w));
        return most;
    };
    // The largest of n uniform numbers is within 12/n of the bound but for e⁻¹².
    const auto check = [&](const reals& w, double gain) {
        const double taps = w.shape().rank() == 4 ? 9 : 1;
        const double bound = gain * std::sqrt(6 / (static_cast<double>(w.shape()[0] + w.shape().back()) * taps));
        BOOST_TEST(largest(w) <= bound);
        BOOST_TEST(largest(w) > (1 - 12 / static_cast<double>(w.size())) * bound);
    };
    philox rng{4};
    unet_settings s{.channels = 3, .features = 16, .groups = 8};
    const unet<reals> executed{s, rng};
    s.initialisation = unet_initialisation::ddpm;
    const unet<reals> intended{s, rng};
    const double half = std::sqrt(0.5);
    check(executed.downblocks[0].conv[0].weight, half), check(intended.downblocks[0].conv[0].weight, 1);
    check(executed.downblocks[1].residual[0].conv0.weight, half), check(intended.downblocks[1].residual[0].conv0.weight, 1);
    check(executed.downblocks[1].residual[0].conv1.weight, half), check(intended.downblocks[1].residual[0].conv1.weight, 1e-5);
    check(executed.downblocks[5].attention[0].OUT.weights, 1e-5 * half), check(intended.downblocks[5].attention[0].OUT.weights, 1e-5);
    check(executed.upblocks[9].attention[0].Q.weights, half), check(intended.upblocks[9].attention[0].Q.weights, 1);
    check(executed.upblocks[0].residual[0].shortcut[0].weights, half), check(intended.upblocks[0].residual[0].shortcut[0].weights, 1);
    check(intended.out.weight, 1e-5), check(intended.upblocks[3].up[0].conv.weight, 1);
    // Elsewhere as executed: the layer's own, uniform on ±1/√fan_in, with a bias; the draws of the way down have none.
    const double own = 1 / std::sqrt(9 * 16.0);
    BOOST_TEST((largest(executed.out.weight) > 0.9 * own && largest(executed.out.weight) <= own && largest(executed.out.bias) > 0));
    BOOST_TEST((largest(executed.downblocks[0].conv[0].bias) == 0 && largest(intended.out.bias) == 0));
}

BOOST_AUTO_TEST_CASE(told_how_many_levels_there_are_it_knows_no_others) {
    philox rng{6};
    unet_settings s = told(small);
    s.levels = 3;
    const unet<reals> network{s, rng};
    const reals x({1, 8, 8, 1}, 0.5);
    BOOST_TEST(level_count(network) == 3u);
    BOOST_CHECK_NO_THROW(network(x, noise_levels{{2}, {1.0}}));
    BOOST_CHECK_THROW(network(x, noise_levels{{3}, {1.0}}), error);
    tape<reals> t;
    BOOST_TEST(on(t, network).levels() == 3u);
    s.conditional = false;
    BOOST_TEST(level_count(unet<reals>{s, rng}) == 0u);                             // it is not told the level
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
    philox rng{5};
    BOOST_CHECK_THROW((unet<reals>{{.features = 32, .groups = 5}, rng}), error);
    BOOST_CHECK_THROW((unet<reals>{{.features = 2, .groups = 2}, rng}), error);
    const unet<reals> free{small, rng}, conditional{told(small), rng};
    BOOST_CHECK_THROW(free(reals({1, 12, 8, 1}, 0.5)), error);
    BOOST_CHECK_THROW(free(reals({1, 8, 8, 3}, 0.5)), error);
    BOOST_CHECK_THROW(conditional(reals({1, 8, 8, 1}, 0.5)), error);
    BOOST_CHECK_THROW(conditional(reals({2, 8, 8, 1}, 0.5), noise_levels{{0, 1, 2}, {1, 1, 1}}), error);
}
