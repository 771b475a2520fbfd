// SPDX-License-Identifier: Apache-2.0
/// \file  NCSNv2 in its four depths: numbers of parameters, names, derivatives, sizes.
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/ncsnv2.hpp>

#include <support/network_laws.hpp>

#include <set>

using namespace ncsn;

namespace {

template <class M> std::set<std::string> names(const M& model) {
    std::set<std::string> found;
    for_each_named([&](const std::string& name, const auto&) { found.insert(name); }, model);
    return found;
}
constexpr ncsnv2_depth depths[] = {ncsnv2_depth::original, ncsnv2_depth::undilated, ncsnv2_depth::deeper, ncsnv2_depth::deepest};

}  // namespace

BOOST_AUTO_TEST_CASE(the_papers_networks_have_the_papers_numbers_of_parameters) {
    using array = tensor<float>;
    philox rng{1};
    const ncsnv2<array> original{{}, rng};
    BOOST_TEST(parameter_count(original) == 29'694'083u);
    BOOST_TEST(names(original).size() == 153u);
    BOOST_TEST(parameter_count(ncsnv2<array>{{.channels = 1, .features = 64}, rng}) == 7'426'881u);
    BOOST_TEST(parameter_count(ncsnv2<array>{{.depth = ncsnv2_depth::deeper}, rng}) == 83'445'379u);
    BOOST_TEST(parameter_count(ncsnv2<array>{{.depth = ncsnv2_depth::deepest}, rng}) == 94'132'611u);
}

BOOST_AUTO_TEST_CASE(the_parameters_have_the_names_of_the_official_checkpoints) {
    philox rng{2};
    const auto original = names(ncsnv2<reals>{{.features = 2}, rng});
    for (const char* name : {"begin_conv.weight", "normalizer.alpha", "res2.0.conv2.conv.bias", "res3.0.shortcut.weight", "res4.1.normalize1.gamma",
                             "refine1.adapt_convs.0.2_2_conv.weight", "refine4.output_convs.3_1_conv.weight", "refine2.msf.convs.1.bias",
                             "refine3.crp.convs.0.weight", "end_conv.bias"})
        BOOST_TEST(original.contains(name), name);
    BOOST_TEST(names(ncsnv2<reals>{{.features = 2, .depth = ncsnv2_depth::undilated}, rng}).contains("res4.0.shortcut.conv.weight"));
    const auto deepest = names(ncsnv2<reals>{{.features = 2, .depth = ncsnv2_depth::deepest}, rng});
    for (const char* name : {"res31.0.shortcut.conv.weight", "res5.0.shortcut.weight", "refine31.msf.convs.0.weight",
                             "refine5.output_convs.3_2_conv.weight"})
        BOOST_TEST(deepest.contains(name), name);
}

BOOST_AUTO_TEST_CASE(derivatives_agree_with_differences) {
    philox rng{3};
    for (const ncsnv2_depth depth : depths)                                           // the largest of a window changes, if rarely
        check_network_derivatives_to(1e-6, ncsnv2<reals>{{.channels = 1, .features = 3, .depth = depth}, rng}, {2, 8, 16, 1});
}

BOOST_AUTO_TEST_CASE(samples_are_apart_and_odd_extents_are_halved_upwards) {
    philox rng{4};
    for (const ncsnv2_depth depth : depths) {
        const scaled_by_noise network{ncsnv2<reals>{{.channels = 2, .features = 3, .depth = depth}, rng}};
        check_samples_apart(network, {3, 8, 8, 2}, noise_levels{{2, 0, 1}, {1, 2, 3}});
    }
    const ncsnv2<reals> undilated{{.channels = 1, .features = 3, .depth = ncsnv2_depth::undilated}, rng};
    for (const std::size_t side : {28u, 7u, 9u}) BOOST_TEST(undilated(reals({1, side, side, 1}, 0.5)).shape() == (shape{1, side, side, 1}));
    BOOST_CHECK_THROW(undilated(reals({1, 7, 8, 1}, 0.5)), error);
    BOOST_CHECK_THROW(undilated(reals({1, 8, 8, 3}, 0.5)), error);
}
