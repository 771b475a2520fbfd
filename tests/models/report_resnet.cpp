// SPDX-License-Identifier: Apache-2.0
/// \file  The report's ResNet: number of parameters, derivatives, levels, and what is refused.
#include <ncsn/models/report_resnet.hpp>

#include <support/network_laws.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(the_reports_network_has_its_number_of_parameters) {
    philox rng{1};
    BOOST_TEST(parameter_count(report_resnet<tensor<float>>{{}, rng}) == 23'991'555u);
}

BOOST_AUTO_TEST_CASE(derivatives_agree_with_differences) {
    philox rng{2};
    check_network_derivatives(report_resnet<reals>{{.channels = 1, .features = 3, .levels = 2}, rng}, {2, 8, 4, 1}, noise_levels{{1, 0}, {1, 1}});
}

BOOST_AUTO_TEST_CASE(the_score_has_the_shape_of_the_image_and_depends_on_the_level_and_on_no_other_sample) {
    philox rng{3};
    report_resnet<reals> network{{.channels = 3, .features = 4, .levels = 3}, rng};
    for_each_leaf([&](reals& p) { p = p + 0.1 * normal_like(p, rng); }, network);
    check_samples_apart(network, {3, 8, 12, 3}, noise_levels{{2, 0, 1}, {1, 1, 1}});
    const reals x = uniform<reals>({2, 12, 8, 3}, 0, 1, rng);
    BOOST_TEST(distance(network(x, noise_levels{{0}, {1.0}}), network(x, noise_levels{{1}, {0.1}})) > 1e-3);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
    philox rng{5};
    const report_resnet<reals> network{{.channels = 1, .features = 4, .levels = 3}, rng};
    BOOST_CHECK_THROW(network(reals({1, 6, 8, 1}, 0.5), noise_levels{{0}, {1.0}}), error);
    BOOST_CHECK_THROW(network(reals({1, 8, 8, 2}, 0.5), noise_levels{{0}, {1.0}}), error);
    BOOST_CHECK_THROW(network(reals({1, 8, 8, 1}, 0.5), noise_levels{{3}, {1.0}}), error);
    BOOST_TEST(network.levels() == 3u);
}
