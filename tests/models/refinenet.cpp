// SPDX-License-Identifier: Apache-2.0
#include <ncsn/models/refinenet.hpp>

#include <support/instance_norm_by_definition.hpp>
#include <support/network_laws.hpp>

#include <set>

using namespace ncsn;
using array = tensor<float>;

namespace {

template <class M> std::set<std::string> names(const M& model) {
    std::set<std::string> found;
    for_each_named([&](const std::string& name, const auto&) { found.insert(name); }, model);
    return found;
}

/// Its weight nothing but a matrix [out, in] in the middle.
void map_pixels(conv_layer<reals>& conv, const reals& matrix) {
    const shape s = conv.weight.shape();
    conv.weight = zeros_like(conv.weight);
    for (std::size_t o = 0; o < s[0]; ++o)
        for (std::size_t i = 0; i < s[3]; ++i) conv.weight.write()[((o * s[1] + s[1] / 2) * s[2] + s[2] / 2) * s[3] + i] = matrix[o * s[3] + i];
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

BOOST_AUTO_TEST_CASE(both_forms_of_the_norm_have_the_same_parameters_and_start_with_the_same_convolutions) {
    philox first{6}, second{6};
    const refinenet<array> coded{{.channels = 1, .features = 4, .levels = 3}, first};
    const refinenet<array> printed{{.channels = 1, .features = 4, .levels = 3, .norm = norm_form::printed}, second};
    std::size_t norms = 0;
    for_each_named([&](const std::string& name, const array& p, const array& q) {
        BOOST_TEST_REQUIRE(p.shape() == q.shape());
        if (!name.ends_with("embed.weight")) {
            BOOST_TEST(p.values() == q.values(), boost::test_tools::per_element());
            return;
        }
        ++norms;
        const std::size_t width = q.shape()[1];
        for (std::size_t k = 0; k < q.size(); ++k) BOOST_TEST_REQUIRE(q[k] == (k % width < 2 * width / 3 ? 1 : 0));
    }, coded, printed);
    BOOST_TEST(norms == 71u);
    BOOST_TEST(parameter_count(refinenet<array>{{.channels = 1, .features = 64, .norm = norm_form::printed}, first}) == 7'638'657u);
    BOOST_TEST((coded.levels() == 3 && printed.levels() == 3));
    using baseline = refinenet<array, unconditional_norm>;
    BOOST_CHECK_THROW((baseline{{.channels = 1, .features = 4, .norm = norm_form::printed}, first}), error);
}

/// With all convolutions zero but the first, the last and one of the last fusion, which map each pixel by a matrix, two norms are left:
/// end(A(N(A(fusion(N'(begin(2x - 1))))))).
BOOST_AUTO_TEST_CASE(a_network_of_two_norms_is_their_formula_in_both_forms) {
    philox rng{7};
    constexpr std::size_t width = 3;
    for (const norm_form form : {norm_form::coded, norm_form::printed}) {
        refinenet<reals> network{{.channels = 1, .features = width, .levels = 2, .norm = form}, rng};
        for_each_named([&](const std::string& name, reals& p) { p = name.ends_with("embed.weight") ? normal_like(p, rng) : zeros_like(p); }, network);
        const reals in = normal<reals>({width, 1}, rng), through = normal<reals>({width, width}, rng), out = normal<reals>({1, width}, rng);
        map_pixels(network.begin_conv, in);
        map_pixels(network.refine4.msf.convs[0], through);
        map_pixels(network.end_conv, out);
        const reals x = uniform<reals>({1, 6, 4, 1}, 0, 1, rng);
        const auto normalised = [form](const reals& image, const conditional_instance_norm<reals>& norm) {
            return instance_norm_by_definition(image, gather_rows(norm.embed.weight, chosen_rows{{1}}), form);
        };
        const auto mapped = [](const reals& image, const reals& matrix) {
            const shape s = image.shape(), m = matrix.shape();
            return matmul(image.reshaped({s.size() / s.back(), s.back()}), matrix).reshaped({s[0], s[1], s[2], m[0]});
        };
        const reals h = mapped(normalised(mapped(2.0 * x - 1.0, in), network.refine4.msf.norms[0]), through);
        const reals expected = mapped(elu(normalised(elu(h), network.normalizer)), out);
        BOOST_TEST(distance(network(x, noise_levels{{1}, {0.1}}), expected) < 1e-12);
    }
}

BOOST_AUTO_TEST_CASE(derivatives_agree_with_differences_in_both_forms) {
    for (const norm_form form : {norm_form::coded, norm_form::printed}) {
        philox rng{8};
        check_network_derivatives(refinenet<reals>{{.channels = 1, .features = 4, .levels = 2, .norm = form}, rng}, {2, 8, 8, 1},
                                  noise_levels{{1, 0}, {1, 1}});
    }
}
