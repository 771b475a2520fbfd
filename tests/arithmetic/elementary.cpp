// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of exp, log, sine and cosine: errors in units in the last place over dense grids, the ends of their ranges, equal bits in vectors.
#include <ncsn/autodiff/functions.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace ncsn;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity(), not_a_number = std::numeric_limits<float>::quiet_NaN();

/// |found - exact| in units in the last place of a float of exact's size.
double ulps(float found, double exact) {
    const double size = std::max(std::abs(exact), static_cast<double>(std::numeric_limits<float>::min()));
    return std::abs(static_cast<double>(found) - exact) / std::ldexp(1.0, std::ilogb(size) - 23);
}
/// The largest error over every `stride`-th float from low to high, both positive.
template <class F, class Exact> double largest_error(float low, float high, F f, Exact exact, std::uint32_t stride) {
    double largest = 0;
    for (std::uint32_t bits = std::bit_cast<std::uint32_t>(low); bits <= std::bit_cast<std::uint32_t>(high); bits += stride) {
        const float x = std::bit_cast<float>(bits);
        const double e = ulps(f(x), exact(static_cast<double>(x)));
        if (!(e <= largest)) largest = e;
    }
    BOOST_TEST_MESSAGE("largest error from " << low << " to " << high << ": " << largest << " ulp");
    return largest;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_exponential_is_good_to_two_units_in_the_last_place) {
    const auto minus = [](float x) { return exponential(-x); };
    BOOST_TEST(largest_error(1e-10f, 88.7f, [](float x) { return exponential(x); }, [](double x) { return std::exp(x); }, 97) < 2);
    BOOST_TEST(largest_error(1e-10f, 87.3f, minus, [](double x) { return std::exp(-x); }, 97) < 2);
}

BOOST_AUTO_TEST_CASE(the_logarithm_is_good_to_two_units_in_the_last_place) {
    const auto f = [](float x) { return logarithm(x); };
    BOOST_TEST(largest_error(std::numeric_limits<float>::min(), 0.99f, f, [](double x) { return std::log(x); }, 997) < 2);
    BOOST_TEST(largest_error(0.99f, 1.01f, f, [](double x) { return std::log(x); }, 1) < 2);
    BOOST_TEST(largest_error(1.01f, std::numeric_limits<float>::max(), f, [](double x) { return std::log(x); }, 997) < 2);
}

BOOST_AUTO_TEST_CASE(a_turn_is_good_to_two_units_in_the_last_place_of_one) {
    double largest = 0;
    for (std::uint32_t k = 0; k < (1u << 24); k += 5) {                               // every number half_open_unit can give
        const float t = static_cast<float>(k) * 0x1p-24f;
        const auto [c, s] = turn(t);
        const double angle = 2 * 3.14159265358979323846 * static_cast<double>(t);
        largest = std::max({largest, std::abs(c - std::cos(angle)), std::abs(s - std::sin(angle))});
    }
    BOOST_TEST_MESSAGE("largest error of cosine and sine " << largest * 0x1p23 << " ulp of 1");
    BOOST_TEST(largest < 2 * 0x1p-23);
}

BOOST_AUTO_TEST_CASE(quarter_turns_are_exact) {
    for (const auto& [t, c, s] : {std::tuple{0.f, 1.f, 0.f}, {0.25f, 0.f, 1.f}, {0.5f, -1.f, 0.f}, {0.75f, 0.f, -1.f}}) {
        BOOST_TEST(turn(t).cosine == c);
        BOOST_TEST(turn(t).sine == s);
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_finite_stays_visible) {
    BOOST_TEST(std::isnan(exponential(not_a_number)));
    BOOST_TEST(std::isnan(logarithm(not_a_number)));
    BOOST_TEST(std::isnan(logarithm(-1.0f)));
    BOOST_TEST(logarithm(0.0f) == -infinity);
    BOOST_TEST(logarithm(infinity) == infinity);
    BOOST_TEST(exponential(-infinity) == 0);
    BOOST_TEST(exponential(-88.0f) == 0);
    BOOST_TEST(exponential(200.0f) > 3e38f);
    for (const auto& y :
         {softplus(tensor<float>({1}, not_a_number)), sigmoid(tensor<float>({1}, not_a_number)), ncsn::tanh(tensor<float>({1}, not_a_number)),
          elu(tensor<float>({1}, not_a_number)), swish(tensor<float>({1}, not_a_number))})
        BOOST_TEST(std::isnan(y[0]));
}

BOOST_AUTO_TEST_CASE(exact_at_zero_and_one) {
    BOOST_TEST(exponential(0.0f) == 1);
    BOOST_TEST(logarithm(1.0f) == 0);
}

BOOST_AUTO_TEST_CASE(a_vector_lane_and_a_single_call_give_the_same_bits) {
    std::vector<float> x;
    for (int i = 0; i < 10007; ++i) x.push_back(static_cast<float>(i) * 0.0171f - 85);
    const tensor<float> t({x.size()}, std::span<const float>{x}), e = ncsn::exp(t), s = softplus(t);
    for (std::size_t i = 0; i < x.size(); ++i) {
        volatile float alone = x[i];                                                  // out of the compiler's sight: one at a time
        BOOST_TEST_REQUIRE(e[i] == exponential(alone));
        BOOST_TEST_REQUIRE(s[i] == softplus(tensor<float>({1}, float{alone}))[0]);
    }
}

BOOST_AUTO_TEST_CASE(activations_in_float_are_those_in_double_to_a_few_units_in_the_last_place) {
    std::vector<double> grid;
    for (int i = -40000; i <= 40000; ++i) grid.push_back(static_cast<double>(static_cast<float>(i * 0.00103)));
    const tensor<double> x({grid.size()}, std::span<const double>{grid});
    tensor<float> narrow({grid.size()});
    std::copy(grid.begin(), grid.end(), narrow.write());
    const auto error = [&](const auto& f) {  // in units in the last place of 1 or of the value, if that is larger
        const auto exact = f(x);
        const auto found = f(narrow);
        double largest = 0;
        for (std::size_t i = 0; i < grid.size(); ++i)
            largest = std::max(largest, std::abs(static_cast<double>(found[i]) - exact[i]) / (0x1p-23 * std::max(1.0, std::abs(exact[i]))));
        return largest;
    };
    BOOST_TEST(error(sigmoid) < 2);
    BOOST_TEST(error([](const auto& t) { return ncsn::tanh(t); }) < 2);
    BOOST_TEST(error(softplus) < 2);
    BOOST_TEST(error(swish) < 3);
    BOOST_TEST(error(elu) < 2);
    BOOST_TEST(error(elementwise_function<elu_slope_op>{}) < 2);
}
