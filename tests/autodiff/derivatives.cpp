// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of what a user asks for: gradients, products with Jacobians and Hessians, divergences, on functions whose derivatives are known.
#include <ncsn/autodiff/derivatives.hpp>

#include <boost/test/unit_test.hpp>

#include <support/files.hpp>

using namespace ncsn;
using reals = tensor<double>;

namespace {

const reals matrix({2, 2}, {1, 2, 3, 4});
const auto linear_field = [](const auto& x) { return matmul(x, matrix); };            // J = matrix
const auto cubic = [](const auto& x) { return row_sum(x * x * x); };
const reals x({3, 2}, {1, 2, -1, 0.5, 3, -2}), v({3, 2}, {1, 0, 0, 1, 2, -1});

template <class P> struct pair_of {
    P a, b;
    static constexpr std::tuple members{field{"a", &pair_of::a}, field{"b", &pair_of::b}};
};

}  // namespace

BOOST_AUTO_TEST_CASE(jvp_and_vjp_multiply_by_the_jacobian_from_both_sides) {
    const auto [value, forward] = jvp(linear_field, x, v);
    const auto [same, backward] = vjp(linear_field, x, v);
    for (std::size_t n = 0; n < 3; ++n)
        for (std::size_t i = 0; i < 2; ++i) {
            BOOST_TEST(forward[2 * n + i] == matrix[2 * i] * v[2 * n] + matrix[2 * i + 1] * v[2 * n + 1]);
            BOOST_TEST(backward[2 * n + i] == matrix[i] * v[2 * n] + matrix[2 + i] * v[2 * n + 1]);
            BOOST_TEST(value[2 * n + i] == same[2 * n + i]);
        }
}

BOOST_AUTO_TEST_CASE(hvp_is_the_gradient_and_the_hessian_times_v) {
    const auto [gradient, product] = hvp(cubic, x, v);
    for (std::size_t i = 0; i < 6; ++i) {
        BOOST_TEST(std::abs(gradient[i] - 3 * x[i] * x[i]) < 1e-14);
        BOOST_TEST(std::abs(product[i] - 6 * x[i] * v[i]) < 1e-14);
    }
    const auto straight = hvp([](const auto& at) { return row_sum(2.0 * at); }, x, v);       // no curvature
    for (std::size_t i = 0; i < 6; ++i) BOOST_TEST((straight.value[i] == 2 && straight.derivative[i] == 0));
    const auto constant = hvp([](const auto& at) { return row_sum(0.0 * at); }, x, v);
    for (std::size_t i = 0; i < 6; ++i) BOOST_TEST((constant.value[i] == 0 && constant.derivative[i] == 0));
}

BOOST_AUTO_TEST_CASE(a_function_that_ignores_its_argument_has_derivative_zero) {
    const auto ignores = [](const auto& at) { return std::remove_cvref_t<decltype(at)>{reals(shape_of(at), 7)}; };
    const auto pulled = vjp(ignores, x, v);
    for (std::size_t i = 0; i < 6; ++i) BOOST_TEST((pulled.value[i] == 7 && pulled.derivative[i] == 0));
    const auto same = vjp([](const auto& at) { return at; }, x, v);
    for (std::size_t i = 0; i < 6; ++i) BOOST_TEST(same.derivative[i] == v[i]);
}

BOOST_AUTO_TEST_CASE(the_divergence_is_the_trace_of_the_jacobian) {
    const auto [value, trace] = divergence(linear_field, x);
    BOOST_TEST((trace.shape() == shape{3, 1}));
    for (std::size_t n = 0; n < 3; ++n) BOOST_TEST(trace[n] == 5);
    const auto cubes = divergence([](const auto& at) { return at * at * at; }, x.reshaped({3, 1, 2}));
    for (std::size_t n = 0; n < 3; ++n) BOOST_TEST(std::abs(cubes.divergence[n] - 3 * (x[2 * n] * x[2 * n] + x[2 * n + 1] * x[2 * n + 1])) < 1e-13);
}

BOOST_AUTO_TEST_CASE(a_loss_may_itself_ask_for_gradients) {
    // L = |∂/∂b (a b²)|² = 4 a² b²: the inner tape is local, its result a constant; so only what is written with the outer a, b is differentiated.
    const pair_of<reals> model{reals({}, 3), reals({}, 2)};
    const auto [value, gradient] = value_and_grad([&](const auto& m) {
        const auto inside = value_and_grad([](const auto& n) { return n.a * n.b * n.b; }, model);
        return inside.gradient.b.item() * m.a;
    }, model);
    BOOST_TEST(value == 36);
    BOOST_TEST(gradient.a.item() == 12);
    BOOST_TEST(gradient.b.item() == 0);
}

BOOST_AUTO_TEST_CASE(mistakes_are_told_with_both_shapes) {
    const auto says = [](const std::string& message, std::initializer_list<const char*> parts) {
        for (const char* part : parts) BOOST_TEST(message.find(part) != std::string::npos, "'" << message << "' does not say " << part);
    };
    says(message_of([] { value_and_grad([](const auto& m) { return m.a; }, pair_of<reals>{x, v}); }), {"[3,2]", "one number"});
    says(message_of([] { vjp(cubic, x, v); }), {"[3,2]", "[3,1]"});
    says(message_of([] { jvp(cubic, x, reals({3, 1})); }), {"[3,2]", "[3,1]"});
}
