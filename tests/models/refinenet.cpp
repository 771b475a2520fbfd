// SPDX-License-Identifier: Apache-2.0
#include <ncsn/models/refinenet.hpp>

#include <boost/test/unit_test.hpp>

#include <set>

using namespace ncsn;
using array = tensor<float>;

namespace {

template <class M> std::set<std::string> names(const M& model) {
    std::set<std::string> found;
    for_each_named([&](const std::string& name, const auto&) { found.insert(name); }, model);
    return found;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_papers_networks_have_the_papers_numbers_of_parameters) {
    philox rng{1};
    const refinenet<array> mnist{{.channels = 1, .features = 64}, rng};
    BOOST_TEST(parameter_count(mnist) == 7'638'657u);
    BOOST_TEST(names(mnist).size() == 173u);
    BOOST_TEST(parameter_count(refinenet<array>{{.channels = 3, .features = 128}, rng}) == 30'117'635u);
    const refinenet<array, unconditional_norm> baseline{{.channels = 1, .features = 64}, rng};
    BOOST_TEST(parameter_count(baseline) == 7'443'393u);
    BOOST_TEST(names(baseline).size() == 315u);
    BOOST_TEST(parameter_count(refinenet<array, unconditional_norm>{{.channels = 3, .features = 128}, rng}) == 29'727'107u);
}

BOOST_AUTO_TEST_CASE(the_parameters_have_the_names_of_the_official_checkpoints) {
    philox rng{2};
    const auto found = names(refinenet<array>{{.channels = 1, .features = 4}, rng});
    for (const char* name : {"begin_conv.weight", "normalizer.embed.weight", "res2.0.conv2.conv.bias", "res2.0.shortcut.conv.weight",
                             "res3.0.shortcut.bias", "res4.1.normalize1.embed.weight", "refine1.adapt_convs.0.2_2_norm.embed.weight",
                             "refine4.output_convs.3_1_conv.weight", "refine2.msf.convs.1.bias", "refine3.crp.norms.0.embed.weight", "end_conv.bias"})
        BOOST_TEST(found.contains(name), name);
    BOOST_TEST(names(refinenet<array, unconditional_norm>{{.channels = 1, .features = 4}, rng}).contains("refine4.msf.norms.1.alpha"));
}

BOOST_AUTO_TEST_CASE(the_score_has_the_shape_of_the_image_and_depends_on_the_level) {
    philox rng{3};
    const refinenet<array> network{{.channels = 3, .features = 4, .levels = 5}, rng};
    const array x = uniform<array>({2, 8, 12, 3}, 0, 1, rng);
    const array first = network(x, noise_levels{{0}, {1.0}}), last = network(x, noise_levels{{4}, {0.01}});
    BOOST_TEST(first.shape() == x.shape());
    double difference = 0;
    for (std::size_t i = 0; i < x.size(); ++i) difference = std::max(difference, static_cast<double>(std::abs(first[i] - last[i])));
    BOOST_TEST(difference > 1e-4);
}

BOOST_AUTO_TEST_CASE(a_sample_does_not_depend_on_its_batch) {
    philox rng{4};
    const refinenet<array> network{{.channels = 1, .features = 16, .levels = 3}, rng};
    const array x = uniform<array>({5, 12, 12, 1}, 0, 1, rng);
    const array together = network(x, noise_levels{{2, 0, 1, 1, 2}, {1, 1, 1, 1, 1}});
    const std::vector<std::size_t> rows{3, 4};
    const array apart = network(gather_rows(x, std::span<const std::size_t>{rows}), noise_levels{{1, 2}, {1, 1}});
    BOOST_TEST(apart.values() == together.values().subspan(3 * 144), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_network_on_a_tape_computes_what_the_plain_one_does) {
    philox rng{5};
    const refinenet<array> network{{.channels = 1, .features = 4, .levels = 2}, rng};
    const array x = uniform<array>({2, 8, 8, 1}, 0, 1, rng);
    const noise_levels z{{1}, {0.5}};
    tape<array> t;
    const auto lifted = on(t, network);
    BOOST_TEST(lifted(x, z).value().values() == network(x, z).values(), boost::test_tools::per_element());
    BOOST_TEST(values(lifted)(x, z).values() == network(x, z).values(), boost::test_tools::per_element());
}
