// SPDX-License-Identifier: Apache-2.0
#include <ncsn/layers/refine.hpp>
#include <ncsn/layers/residual.hpp>

#include <boost/test/unit_test.hpp>

#include <set>

using namespace ncsn;
using array = tensor<double>;

namespace {

const chosen_rows level{{1}};

/// Every convolution of a module set to zero.
template <class M> M without_convolutions(M module) {
    for_each_leaf([](array& p) {
        if (p.shape().rank() == 4) p = array(p.shape());
    }, module);
    return module;
}
template <class M> std::set<std::string> names(const M& module) {
    std::set<std::string> found;
    for_each_named([&](const std::string& name, const array&) { found.insert(name); }, module);
    return found;
}

}  // namespace

BOOST_AUTO_TEST_CASE(residual_units_without_convolutions_change_nothing) {
    philox rng{1};
    const auto units = without_convolutions(residual_units<array, conditional_norm>{4, 3, 2, rng});
    const array x = normal<array>({2, 3, 5, 4}, rng);
    BOOST_TEST(units(x, level).values() == x.values(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_stages_of_residual_units_have_the_names_of_the_official_checkpoints) {
    philox rng{2};
    const residual_units<array, conditional_norm> units{4, 2, 2, rng};
    const std::set<std::string> expected{"1_1_conv.weight", "1_1_norm.embed.weight", "1_2_conv.weight", "1_2_norm.embed.weight",
                                         "2_1_conv.weight", "2_1_norm.embed.weight", "2_2_conv.weight", "2_2_norm.embed.weight"};
    BOOST_TEST(names(units) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(chained_pooling_without_convolutions_is_the_activation) {
    philox rng{3};
    const refine_block<array, conditional_norm> block{{4}, 4, 2, rng};
    const auto pooling = without_convolutions(block.crp);
    const array x = normal<array>({1, 6, 6, 4}, rng);
    BOOST_TEST(pooling(x, level).values() == elu(x).values(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(fusion_has_the_size_of_the_finer_input_and_adds_the_biases_of_both) {
    philox rng{4};
    const refine_block<array, conditional_norm> block{{3, 5}, 4, 2, rng};
    auto msf = without_convolutions(block.msf);
    msf.convs[0].bias = array(shape{4}, 2);
    msf.convs[1].bias = array(shape{4}, 3);
    const array y = msf(normal<array>({2, 6, 8, 3}, rng), normal<array>({2, 3, 4, 5}, rng), level);
    BOOST_TEST(y.shape() == (shape{2, 6, 8, 4}));
    for (const double value : y.values()) BOOST_REQUIRE(std::abs(value - 5) < 1e-14);
}

BOOST_AUTO_TEST_CASE(a_block_with_one_input_has_no_fusion) {
    philox rng{5};
    for (const auto& name : names(refine_block<array, conditional_norm>{{4}, 4, 2, rng})) BOOST_TEST(name.find("msf") == std::string::npos);
    BOOST_TEST(names(refine_block<array, conditional_norm>{{4, 4}, 4, 2, rng}).contains("msf.norms.1.embed.weight"));
}

BOOST_AUTO_TEST_CASE(residual_blocks_without_convolutions_are_their_shortcuts) {
    philox rng{6};
    const array x = normal<array>({2, 4, 6, 3}, rng);
    const auto plain = without_convolutions(plain_residual<conditional_norm, array>(3, 2, rng, 2));
    const array zero(plain.conv2.bias.shape());
    auto silent = plain;
    silent.conv2.bias = zero;
    BOOST_TEST(silent(x, level).values() == x.values(), boost::test_tools::per_element());

    auto pooled = pooled_residual<unconditional_norm, array>(3, 5, 2, rng);
    pooled.conv2.conv.weight = array(pooled.conv2.conv.weight.shape());
    pooled.conv2.conv.bias = array(shape{5});
    BOOST_TEST(pooled(x, level).shape() == (shape{2, 2, 3, 5}));
    BOOST_TEST(pooled(x, level).values() == pooled.shortcut(x).values(), boost::test_tools::per_element());

    auto dilated = dilated_residual<unconditional_norm, array>(3, 5, 2, rng, 4);
    dilated.conv2.weight = array(dilated.conv2.weight.shape());
    dilated.conv2.bias = array(shape{5});
    BOOST_TEST(dilated(x, level).values() == dilated.shortcut(x).values(), boost::test_tools::per_element());
    BOOST_TEST(names(cascade{pooled, plain_residual<unconditional_norm, array>(5, 2, rng)}).contains("0.shortcut.conv.weight"));
}
