// SPDX-License-Identifier: Apache-2.0
#include <ncsn/layers/instance_norm.hpp>

#include <support/instance_norm_by_definition.hpp>

using namespace ncsn;
using array = tensor<double>;

namespace {

double largest_difference(const array& a, const array& b) {
    BOOST_REQUIRE(a.shape() == b.shape());
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
    return largest;
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_sample_is_normalised_with_the_row_of_its_level) {
    philox rng{1};
    conditional_instance_norm<array> layer{5, 4, rng};
    layer.embed.weight = normal<array>({4, 15}, rng);
    const array x = 3.0 * normal<array>({3, 4, 6, 5}, rng) + 1.0;
    const chosen_rows z{{2, 0, 3}};
    const array expected = instance_norm_by_definition(x, gather_rows(layer.embed.weight, z));
    BOOST_TEST(largest_difference(layer(x, z), expected) < 1e-12);
    BOOST_TEST(largest_difference(layer(x, z, elu), elu(expected)) < 1e-12);
}

BOOST_AUTO_TEST_CASE(one_level_serves_all_samples) {
    philox rng{2};
    conditional_instance_norm<array> layer{3, 4, rng};
    layer.embed.weight = normal<array>({4, 9}, rng);
    const array x = normal<array>({2, 4, 4, 3}, rng);
    BOOST_TEST(largest_difference(layer(x, chosen_rows{{1}}), layer(x, chosen_rows{{1, 1}})) == 0);
}

BOOST_AUTO_TEST_CASE(scale_and_relative_means_start_near_one_and_shift_at_zero) {
    philox rng{3};
    const conditional_instance_norm<array> layer{50, 20, rng};
    double sum = 0, squares = 0;
    for (std::size_t row = 0; row < 20; ++row)
        for (std::size_t c = 0; c < 150; ++c) {
            const double w = layer.embed.weight[row * 150 + c];
            if (c < 100) sum += w - 1, squares += (w - 1) * (w - 1);
            else BOOST_REQUIRE(w == 0);
        }
    BOOST_TEST(std::abs(sum / 2000) < 5 * 0.02 / std::sqrt(2000.0));
    BOOST_TEST(squares / 2000 == 4e-4, boost::test_tools::tolerance(5 * std::sqrt(2 / 2000.0)));  // 5 standard errors of a variance
}

BOOST_AUTO_TEST_CASE(the_printed_form_has_alpha_outside_gamma_and_its_own_first_values) {
    philox rng{6};
    conditional_instance_norm<array> layer{5, 4, rng};
    use_printed_norm(layer);
    for (std::size_t k = 0; k < 4 * 15; ++k) BOOST_TEST(layer.embed.weight[k] == (k % 15 < 10 ? 1 : 0));
    const array x = 3.0 * normal<array>({3, 4, 6, 5}, rng) + 1.0;
    const chosen_rows z{{2, 0, 3}};
    layer.embed.weight = normal<array>({4, 15}, rng);
    const array rows = gather_rows(layer.embed.weight, z), expected = instance_norm_by_definition(x, rows, norm_form::printed);
    BOOST_TEST(largest_difference(layer(x, z), expected) < 1e-12);
    BOOST_TEST(largest_difference(layer(x, z, elu), elu(expected)) < 1e-12);
    BOOST_TEST(largest_difference(expected, instance_norm_by_definition(x, rows)) > 0.1);
    printed_instance_norm<array> of_three{5, 4};
    of_three.gamma = columns(layer.embed.weight, 0, 5), of_three.alpha = columns(layer.embed.weight, 5, 5);
    of_three.beta = columns(layer.embed.weight, 10, 5);
    BOOST_TEST(largest_difference(layer(x, z, elu), of_three(x, z, elu)) == 0);
}

BOOST_AUTO_TEST_CASE(both_forms_are_differentiable_in_every_mode) {
    philox rng{7};
    const array x = normal<array>({2, 3, 4, 3}, rng), tables = normal<array>({2, 9}, rng);
    for (const norm_form form : {norm_form::coded, norm_form::printed}) {
        conditional_instance_norm<array> layer{3, 2, rng};
        layer.embed.weight = tables, layer.form = form;
        check_every_mode("conditional_instance_norm", [&](const auto& at) { return layer(at, chosen_rows{{1, 0}}, elu); }, x);
        check_every_mode("its table", [&](const auto& table) {
            conditional_instance_norm<std::remove_cvref_t<decltype(table)>> other;
            other.embed.weight = table, other.form = form;
            return other(x, chosen_rows{{1, 0}});
        }, tables);
    }
}

BOOST_AUTO_TEST_CASE(the_unconditional_layer_is_the_conditional_one_with_one_row) {
    philox rng{4};
    const unconditional_instance_norm<array> plain{4, 10, rng};
    conditional_instance_norm<array> told{4, 1, rng};
    auto* row = told.embed.weight.write();
    for (std::size_t c = 0; c < 4; ++c) row[c] = plain.gamma[c], row[4 + c] = plain.alpha[c], row[8 + c] = plain.beta[c];
    const array x = normal<array>({2, 3, 5, 4}, rng);
    BOOST_TEST(largest_difference(plain(x, chosen_rows{{7}}), told(x, chosen_rows{{0}})) < 1e-13);
}

BOOST_AUTO_TEST_CASE(a_level_the_network_was_not_trained_with_is_named) {
    philox rng{5};
    const conditional_instance_norm<array> layer{3, 4, rng};
    const array x(shape{2, 4, 4, 3});
    BOOST_CHECK_EXCEPTION(layer(x, chosen_rows{{1, 4}}), error, [](const error& e) {
        return std::string{e.what()}.find("level 4 of a network that was trained with 4 levels (0 to 3)") != std::string::npos;
    });
    BOOST_CHECK_EXCEPTION(layer(x, chosen_rows{{1, 1, 1}}), error,
                          [](const error& e) { return std::string{e.what()}.find("3 levels for x of shape [2,4,4,3]") != std::string::npos; });
}
