// SPDX-License-Identifier: Apache-2.0
/// \file  The gradient registry: sums, means, softmax, in every mode. tests/checks/registry.sh fails for an operation without an entry.
#include <support/check_every_mode.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(sums_and_means) {
    const reals x = some({4, 2, 3});
    check_every_mode("row_sum", [](const auto& t) { return row_sum(t); }, x, [](const reals& t) {
        reals y({4, 1});
        for (std::size_t i = 0; i < t.size(); ++i) y.write()[i / 6] += t[i];
        return y;
    });
    const auto total = [](const reals& t) {
        double s = 0;
        for (const double value : t.values()) s += value;
        return s;
    };
    check_every_mode("sum", [](const auto& t) { return sum(t); }, x, [&](const reals& t) { return reals({}, total(t)); });
    check_every_mode("mean", [](const auto& t) { return mean(t); }, x, [&](const reals& t) { return reals({}, total(t) / 24); });
    check_every_mode(
        "mean_over_batch", [](const auto& t) { return mean_over_batch(t); }, some({5, 1}), [&](const reals& t) { return reals({}, total(t) / 5); });
    check_every_mode("sum mean", [](const auto& t) { return sum(t) + mean(t); }, some({}), [](const reals& t) { return 2.0 * t; });
    check_every_mode_of_two(
        "row_dot", [](const auto& a, const auto& b) { return row_dot(a, b); }, x, some({4, 2, 3}, 5),
        [](const reals& a, const reals& b) {
            reals y({4, 1});
            for (std::size_t i = 0; i < a.size(); ++i) y.write()[i / 6] += a[i] * b[i];
            return y;
        });
}

BOOST_AUTO_TEST_CASE(softmax_and_log_sum_exp) {
    const reals x = 3.0 * some({3, 5});
    const auto sums = [](const reals& t) {
        reals y({3, 1});
        for (std::size_t i = 0; i < 15; ++i) y.write()[i / 5] += std::exp(t[i]);
        return y;
    };
    check_every_mode(
        "row_log_sum_exp", [](const auto& t) { return row_log_sum_exp(t); }, x,
        [&](const reals& t) { return each([](double s) { return std::log(s); })(sums(t)); });
    const auto shares = [&](const reals& t) {
        const reals total = sums(t);
        reals y = t;
        for (std::size_t i = 0; i < 15; ++i) y.write()[i] = std::exp(t[i]) / total[i / 5];
        return y;
    };
    check_every_mode("softmax", [](const auto& t) { return softmax(t); }, x, shares);
    check_every_mode("softmax", [](const auto& t) { return softmax(t, 0.7); }, x, [&](const reals& t) { return shares(0.7 * t); });
    BOOST_CHECK_THROW(softmax(x, 0), error);
}
