// SPDX-License-Identifier: Apache-2.0
/// \file  Moving the buffers of a model on: which models have such buffers, and that every part is reached.
#include <ncsn/autodiff/advance.hpp>
#include <ncsn/autodiff/structure.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using reals = tensor<double, cpu>;

namespace {

/// Counts its steps in a buffer.
template <class P> struct counter {
    P weight;
    buffer<array_under_t<P>> steps;
    static constexpr std::tuple members{field{"weight", &counter::weight}, field{"steps", &counter::steps}};
    void advance() { steps.value = steps.value + 1.0; }
};
template <class P> struct still {
    P weight;
    static constexpr std::tuple members{field{"weight", &still::weight}};
};
template <class P> struct holder {
    counter<P> one;
    std::vector<counter<P>> list;
    still<P> other;
    static constexpr std::tuple members{field{"one", &holder::one}, field{"list", &holder::list}, field{"other", &holder::other}};
};
counter<reals> fresh() { return {reals({1}, 1), {reals({1})}}; }

}  // namespace

static_assert(advances<counter<reals>> && advances<holder<reals>> && advances<holder<var<reals>>> && advances<const holder<reals>&>);
static_assert(!advances<still<reals>> && !advances<double>);

BOOST_AUTO_TEST_CASE(every_part_goes_on_so_many_times_and_parameters_stay) {
    holder<reals> model{fresh(), {fresh(), fresh()}, {reals({1}, 7)}};
    advance(model);
    advance(model, 2);
    for (const counter<reals>* part : {&model.one, &model.list[0], &model.list[1]}) {
        BOOST_TEST(part->steps.value[0] == 3);
        BOOST_TEST(part->weight[0] == 1);
    }
    BOOST_TEST(model.other.weight[0] == 7);
    still<reals> other{reals({1}, 2)};
    advance(other);
    BOOST_TEST(other.weight[0] == 2);
    BOOST_TEST(advanced(model, 4).one.steps.value[0] == 7);
    BOOST_TEST(model.one.steps.value[0] == 3);
}

BOOST_AUTO_TEST_CASE(a_model_on_a_tape_goes_on_as_well_and_the_first_one_does_not) {
    const holder<reals> model{fresh(), {fresh()}, {reals({1}, 7)}};
    tape<reals> t;
    auto lifted = on(t, model);
    advance(lifted, 4);
    BOOST_TEST(lifted.one.steps.value[0] == 4);
    BOOST_TEST(lifted.list[0].steps.value[0] == 4);
    BOOST_TEST(model.one.steps.value[0] == 0);
}
