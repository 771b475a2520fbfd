// SPDX-License-Identifier: Apache-2.0
/// \file  The report's RefineNet: numbers of parameters, derivatives, levels, and what is refused.
#include <ncsn/models/report_refinenet.hpp>

#include <support/network_laws.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(the_reports_networks_have_their_numbers_of_parameters) {
    using array = tensor<float>;
    philox rng{1};
    BOOST_TEST(parameter_count(report_refinenet<array>{{.channels = 1, .features = 64}, rng}) == 7'119'617u);
    BOOST_TEST(parameter_count(report_refinenet<array>{{.channels = 3, .features = 128}, rng}) == 28'063'747u);
    BOOST_TEST(parameter_count(report_refinenet<array>{{.channels = 1, .features = 16}, rng}) == 484'289u);
}

BOOST_AUTO_TEST_CASE(derivatives_agree_with_differences) {
    philox rng{2};
    check_network_derivatives(report_refinenet<reals>{{.channels = 1, .features = 3, .levels = 2}, rng}, {2, 6, 4, 1}, noise_levels{{1, 0}, {1, 1}});
}

BOOST_AUTO_TEST_CASE(the_score_has_the_shape_of_the_image_and_depends_on_the_level_and_on_no_other_sample) {
    philox rng{3};
    report_refinenet<reals> network{{.channels = 3, .features = 4, .levels = 3}, rng};
    check_samples_apart(network, {3, 8, 10, 3}, noise_levels{{2, 0, 1}, {1, 1, 1}});
    const reals x = uniform<reals>({2, 8, 10, 3}, 0, 1, rng);
    BOOST_TEST(distance(network(x, noise_levels{{0}, {1.0}}), network(x, noise_levels{{1}, {0.1}})) < 1e-15);    // γ = α = 1, β = 0 at each
    philox other{4};
    for_each_leaf([&](reals& p) { p = p + 0.1 * normal_like(p, other); }, network);
    BOOST_TEST(distance(network(x, noise_levels{{0}, {1.0}}), network(x, noise_levels{{1}, {0.1}})) > 1e-3);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
    philox rng{5};
    const report_refinenet<reals> network{{.channels = 1, .features = 4, .levels = 3}, rng};
    BOOST_CHECK_THROW(network(reals({1, 7, 8, 1}, 0.5), noise_levels{{0}, {1.0}}), error);
    BOOST_CHECK_THROW(network(reals({1, 8, 8, 2}, 0.5), noise_levels{{0}, {1.0}}), error);
    BOOST_CHECK_THROW(network(reals({1, 8, 8, 1}, 0.5), noise_levels{{3}, {1.0}}), error);
    BOOST_TEST(network.levels() == 3u);
}
