// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the tape: shares add up whoever owns them, constants stay off it, two tapes do not disturb each other.
#include <ncsn/autodiff/structure.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using reals = tensor<double>;

BOOST_AUTO_TEST_CASE(shares_of_an_adjoint_add_up_and_nobody_elses_array_is_written) {
    tape<reals> t;
    const std::uint32_t leaf = t.record();
    const reals mine({2}, {1, 2}), other({2}, {10, 20});
    t.accumulate(leaf, mine);                                                         // shared with `mine`
    t.accumulate(leaf, other);
    t.accumulate(leaf, reals({2}, {100, 200}));
    t.accumulate(leaf, mine);
    BOOST_TEST((t.adjoint(leaf)[0] == 112 && t.adjoint(leaf)[1] == 224));
    BOOST_TEST((mine[0] == 1 && other[1] == 20));
}

BOOST_AUTO_TEST_CASE(a_constant_has_no_place_and_operations_on_constants_record_nothing) {
    const var<reals> constant{reals({2}, {1, 2})};
    const var<reals> y = ncsn::exp(constant * constant + constant);
    BOOST_TEST(!y.node());
    tape<reals> t;
    const var<reals> x = on(t, reals({2}, {3, 4})), z = x * constant;
    BOOST_TEST(z.node().tape == &t);
    t.sweep(z.node().index, reals({2}, 1));
    BOOST_TEST(t.adjoint(x.node().index)[1] == 2);
}

BOOST_AUTO_TEST_CASE(a_leaf_that_nothing_depends_on_has_an_empty_adjoint) {
    tape<reals> t;
    const var<reals> x = on(t, reals({}, 3)), unused = on(t, reals({}, 4)), y = x * x;
    t.sweep(y.node().index, reals({}, 1));
    BOOST_TEST(t.adjoint(x.node().index).item() == 6);
    BOOST_TEST(t.adjoint(unused.node().index).empty());
}

BOOST_AUTO_TEST_CASE(tapes_are_independent) {
    tape<reals> one, two;
    const var<reals> x = on(one, reals({}, 3)), y = on(two, reals({}, 5)), f = x * x, g = y * y;
    one.sweep(f.node().index, reals({}, 1));
    BOOST_TEST(two.adjoint(y.node().index).empty());
    two.sweep(g.node().index, reals({}, 1));
    BOOST_TEST((one.adjoint(x.node().index).item() == 6 && two.adjoint(y.node().index).item() == 10));
}
