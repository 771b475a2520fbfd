// SPDX-License-Identifier: Apache-2.0
/// \file  The gradient registry: + - * / with broadcasting, in every mode. tests/checks/registry.sh fails for an operation without an entry.
#include <support/check_every_mode.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(arithmetic_with_numbers) {
    const reals x = some({3, 4});
    check_every_mode("scale_op scaled operator*", [](const auto& t) { return 2.5 * scaled(t * 3, -2); }, x, each([](double t) { return -15 * t; }));
    check_every_mode("operator/", [](const auto& t) { return t / 4; }, x, each([](double t) { return t / 4; }));
    check_every_mode("operator-", [](const auto& t) { return -t; }, x, each([](double t) { return -t; }));
    check_every_mode("shift_op operator+ operator-", [](const auto& t) { return 3 - (1 + (t + 2) - 4); }, x, each([](double t) { return 4 - t; }));
}

BOOST_AUTO_TEST_CASE(sums_differences_products_and_quotients_broadcast) {
    const std::pair<shape, shape> pairs[] = {{{3, 4}, {3, 4}}, {{3, 4}, {4}}, {{3, 1}, {3, 4}}, {{3, 1}, {1, 4}}, {{2, 3, 4}, {3, 1}}};
    for (const auto& [s, t] : pairs) {
        const reals x = some(s, 1), y = positive(t, 2);
        const auto naive = [](double (*f)(double, double)) {                          // both operands repeated by hand, then one loop
            return [f](const reals& a, const reals& b) {
                const shape result = broadcast("naive", a.shape(), b.shape());
                reals p = expand_to(a, result);
                const reals q = expand_to(b, result);
                for (std::size_t i = 0; i < p.size(); ++i) p.write()[i] = f(p[i], q[i]);
                return p;
            };
        };
        check_every_mode_of_two(
            "add operator+", [](const auto& a, const auto& b) { return a + b; }, x, y, naive([](double a, double b) { return a + b; }));
        check_every_mode_of_two(
            "operator-", [](const auto& a, const auto& b) { return a - b; }, x, y, naive([](double a, double b) { return a - b; }));
        check_every_mode_of_two("multiply_op multiply operator*", [](const auto& a, const auto& b) { return a * b; }, x, y,
                                naive([](double a, double b) { return a * b; }));
        check_every_mode_of_two(
            "operator/", [](const auto& a, const auto& b) { return a / b; }, x, y, naive([](double a, double b) { return a / b; }));
    }
}

BOOST_AUTO_TEST_CASE(one_operand_used_twice_gets_both_shares) {
    check_every_mode("multiply", [](const auto& x) { return x * x * x - x; }, some({2, 3}), each([](double t) { return t * t * t - t; }));
}

BOOST_AUTO_TEST_CASE(repeating_and_summing) {
    check_every_mode("expand_op expanded", [](const auto& x) { return expanded(x, {2, 3, 4}); }, some({3, 1}), [](const reals& x) {
        reals y({2, 3, 4});
        for (std::size_t i = 0; i < 24; ++i) y.write()[i] = x[i / 4 % 3];
        return y;
    });
    check_every_mode("expanded", [](const auto& x) { return expanded(x, {3, 1}); }, some({3, 1}), [](const reals& x) { return x; });
    check_every_mode("reduce_op summed_to", [](const auto& x) { return summed_to(x, {3, 1}); }, some({2, 3, 4}), [](const reals& x) {
        reals y({3, 1});
        for (std::size_t i = 0; i < 24; ++i) y.write()[i / 4 % 3] += x[i];
        return y;
    });
}
