// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of models as trees: names, other parameter types, buffers and settings, gradients of the model's own type.
#include <ncsn/autodiff/derivatives.hpp>
#include <ncsn/layers/dense.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using reals = tensor<double>;

namespace {

/// A layer with a parameter, state that is none, and a setting.
template <class P, class A = reals> struct noted {
    P scale;
    buffer<A> count;
    int setting = 3;
    static constexpr std::tuple members{field{"scale", &noted::scale}, field{"count", &noted::count}, field{"setting", &noted::setting}};
};
template <class P> struct nested {
    std::vector<dense<P>> blocks;
    noted<P> note;
    std::vector<P> offsets;
    dense<P> last;
    static constexpr std::tuple members{field{"blocks", &nested::blocks}, field{"note", &nested::note}, field{"offset", &nested::offsets},
                                        field{"", &nested::last}};
};
template <class P> struct noted_often {
    std::vector<noted<P>> notes;
    static constexpr std::tuple members{field{"notes", &noted_often::notes}};
};
nested<reals> example() {
    philox rng{1};
    nested<reals> model;
    for (int k = 0; k < 2; ++k) model.blocks.emplace_back(2, 2, rng);
    model.note = {reals({2}, {1, 2}), {reals({1}, {7})}, 5};
    model.offsets = {reals({2}, {3, 4})};
    model.last = dense<reals>{2, 1, rng};
    return model;
}
const std::vector<std::string> parameters{"blocks.0.weight", "blocks.0.bias", "blocks.1.weight", "blocks.1.bias",
                                          "note.scale",      "offset.0",      "weight",          "bias"};

}  // namespace

static_assert(std::same_as<rebind_t<nested<reals>, reals, var<reals>>, nested<var<reals>>>);
static_assert(std::same_as<parameter_t<nested<reals>>, reals> && std::same_as<parameter_t<nested<var<reals>>>, var<reals>>);
static_assert(on_tape<nested<var<reals>>> && !on_tape<nested<reals>>);
static_assert(std::same_as<decltype(nested<var<reals>>::note.count.value), reals>);   // a buffer keeps its type

BOOST_AUTO_TEST_CASE(names_are_paths_and_a_member_without_a_name_counts_as_its_owners) {
    std::vector<std::string> names, expected = parameters;
    expected.insert(expected.begin() + 5, "note.count");                              // a checkpoint holds buffers too
    const auto model = example();
    for_each_named([&](const std::string& name, const auto&) { names.push_back(name); }, model);
    BOOST_TEST(names == expected, boost::test_tools::per_element());
    std::size_t leaves = 0;
    for_each_leaf([&](const auto&) { ++leaves; }, model);
    BOOST_TEST(leaves == parameters.size());                                          // parameters only
    BOOST_TEST(parameter_count(model) == 2u * 6 + 2 + 2 + 3);
}

BOOST_AUTO_TEST_CASE(a_model_on_a_tape_and_back_is_the_model) {
    const auto model = example();
    tape<reals> t;
    const auto lifted = on(t, model);
    BOOST_TEST(lifted.note.setting == 5);
    BOOST_TEST(lifted.note.count.value[0] == 7);
    std::uint32_t index = 0;
    for_each_leaf([&](const var<reals>& p) { BOOST_TEST(p.node().index == index++); }, lifted);
    const auto back = values(lifted);
    static_assert(std::same_as<decltype(back), const nested<reals>>);
    for_each_named([](const std::string& name, const reals& a, const reals& b) {
        BOOST_TEST((a.shape() == b.shape() && std::ranges::equal(a.values(), b.values())), name);
    }, model, back);
    BOOST_TEST(back.note.setting == 5);
    BOOST_TEST(values(model).note.setting == 5);                                      // plain already
}

BOOST_AUTO_TEST_CASE(every_element_of_a_vector_keeps_its_settings_and_its_state) {
    noted_often<reals> model;
    for (int k = 0; k < 3; ++k) model.notes.push_back({reals({1}, {1.0 + k}), {reals({1}, {10.0 + k})}, 100 + k});
    tape<reals> t;
    const auto lifted = on(t, model);
    const auto back = values(lifted);
    BOOST_TEST_REQUIRE(back.notes.size() == 3u);
    for (int k = 0; k < 3; ++k) {
        const auto at = static_cast<std::size_t>(k);
        BOOST_TEST(lifted.notes[at].setting == 100 + k);
        BOOST_TEST(back.notes[at].setting == 100 + k);
        BOOST_TEST_REQUIRE(!back.notes[at].count.value.empty());
        BOOST_TEST(back.notes[at].count.value[0] == 10.0 + k);
        BOOST_TEST(back.notes[at].scale[0] == 1.0 + k);
    }
}

BOOST_AUTO_TEST_CASE(a_gradient_has_the_type_of_the_model_and_is_zero_where_nothing_arrived) {
    const auto model = example();
    const auto [value, gradient] =
        value_and_grad([](const auto& m) { return sum(m.note.scale * m.note.scale) + 2.0 * sum(m.blocks[1].bias); }, model);
    static_assert(std::same_as<decltype(gradient), const nested<reals>>);
    BOOST_TEST(std::abs(value - (5 + 2 * (model.blocks[1].bias[0] + model.blocks[1].bias[1]))) < 1e-15);
    BOOST_TEST(gradient.note.scale[0] == 2);
    BOOST_TEST(gradient.note.scale[1] == 4);
    BOOST_TEST(gradient.blocks[1].bias[1] == 2);
    BOOST_TEST(gradient.blocks.size() == 2u);
    for (const double g : gradient.blocks[0].weight.values()) BOOST_TEST(g == 0);
    for (const double g : gradient.last.weight.values()) BOOST_TEST(g == 0);
    BOOST_TEST((gradient.last.weight.shape() == model.last.weight.shape()));
}

BOOST_AUTO_TEST_CASE(trees_are_walked_in_step) {
    auto model = example();
    const auto other = example();
    for_each_leaf([](auto& a, const auto& b) { a = a - b; }, model, other);
    for_each_leaf([](const auto& a) {
        for (const double value : a.values()) BOOST_TEST(value == 0);
    }, model);
    BOOST_TEST(model.note.count.value[0] == 7);
}

BOOST_AUTO_TEST_CASE(numbers_of_trees_are_updated_in_step_with_state_or_without) {
    struct add_twice { void operator()(double& a, const double& b) const { a += 2 * b; } };
    auto model = example(), all = example();
    const auto other = example();
    update_parameters(add_twice{}, model, other);
    BOOST_TEST(model.note.count.value[0] == 7);
    update_all(add_twice{}, all, other);
    BOOST_TEST(all.note.count.value[0] == 21);
    for_each_leaf([](const auto& a, const auto& b, const auto& before) {
        for (std::size_t i = 0; i < a.size(); ++i) BOOST_TEST((a[i] == 3 * before[i] && b[i] == a[i]));
    }, model, all, other);
}
