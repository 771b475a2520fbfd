// SPDX-License-Identifier: Apache-2.0
/// \file  ResScore.
#include <ncsn/models/res_score.hpp>
#include <ncsn/autodiff/derivatives.hpp>
#include <support/check_every_mode.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(the_network_of_the_paper_has_its_number_of_parameters) {
    philox rng{1};
    const res_score<tensor<float, cpu>> network{{}, rng};
    BOOST_TEST(parameter_count(network) == 1'379'651u);
}

BOOST_AUTO_TEST_CASE(the_names_are_those_of_the_official_checkpoints) {
    philox rng{1};
    const res_score<reals> network{{.channels = 1, .features = 8}, rng};
    std::size_t entries = 0, residuals = 0;
    for_each_named([&](const std::string& name, const auto&) {
        ++entries;
        residuals += name == "convs.2.residual.weight" || name == "convs.4.residual.bias" || name == "deconvs.1.residual.weight" ||
                     name == "deconvs.3.residual.weight";
        BOOST_TEST((name.find("convs.") == 0 || name.find("deconvs.") == 0), name);
    }, network);
    BOOST_TEST(entries == 92u);
    BOOST_TEST(residuals == 4u);
}

BOOST_AUTO_TEST_CASE(the_gradient_and_the_tangent_agree_with_differences) {
    philox rng{2};
    res_score<reals> network{{.channels = 1, .features = 8}, rng};
    const reals x = normal<reals>({1, 8, 8, 1}, rng), ct = normal_like(x, rng), along = normal_like(x, rng);
    BOOST_TEST(network(x).shape() == x.shape());
    const double h = 1e-5;
    const reals slope = (network(x + h * along) - network(x - h * along)) / (2 * h);
    BOOST_TEST(distance(network(dual{x, along}).tangent, slope) < 1e-7);
    const auto [value, gradient] = value_and_grad([&](const auto& m) { return sum(m(x) * ct); }, network);
    const double small = 1e-6;                                                        // all 86,000 parameters move at once
    res_score<reals> there = network, back = network;
    double expected = 0;
    for_each_leaf([&](auto& a, auto& b, const auto& g) {
        const reals step = normal_like(g, rng);
        expected += inner(g, step);
        a = a + small * step, b = b - small * step;
    }, there, back, gradient);
    BOOST_TEST((inner(there(x), ct) - inner(back(x), ct)) / (2 * small) == expected, boost::test_tools::tolerance(1e-6));
    BOOST_TEST(std::isfinite(value));
}

BOOST_AUTO_TEST_CASE(a_size_that_cannot_be_halved_twice_is_refused) {
    philox rng{3};
    const res_score<reals> network{{.channels = 1, .features = 8}, rng};
    BOOST_CHECK_THROW(network(reals({1, 6, 8, 1}, 0.5)), error);
}
