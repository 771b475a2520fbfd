// SPDX-License-Identifier: Apache-2.0
/// \file  Half precision: every number of it, the middle between any two neighbours, and the ends.
#include <ncsn/arithmetic/float16.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

using namespace ncsn;

/// The definition: (-1)^s 2^(e-15) (1 + m/1024), subnormal 2⁻¹⁴ m/1024.
double defined(std::uint16_t bits) {
    const int sign = bits >> 15, exponent = bits >> 10 & 31, mantissa = bits & 1023;
    const double size = exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
    return sign ? -size : size;
}

BOOST_AUTO_TEST_CASE(every_finite_number_is_what_its_bits_say_and_comes_back) {
    int wrong = 0;
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
        if ((bits >> 10 & 31) == 31) continue;
        const auto x = static_cast<float>(float16::from_bits(static_cast<std::uint16_t>(bits)));
        wrong += static_cast<double>(x) != defined(static_cast<std::uint16_t>(bits)) || float16{x}.bits != bits;
    }
    BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_CASE(between_two_neighbours_the_nearer_one_is_taken_and_in_the_middle_the_even_one) {
    int wrong = 0;
    for (std::uint16_t low = 0; low < 0x7bff; ++low) {
        const auto high = static_cast<std::uint16_t>(low + 1);
        const auto middle = static_cast<float>((defined(low) + defined(high)) / 2);    // exact: one bit more than either
        wrong += float16{middle}.bits != (low % 2 == 0 ? low : high);
        wrong += float16{std::nextafter(middle, 0.f)}.bits != low;
        wrong += float16{std::nextafter(middle, 1e9f)}.bits != high;
        wrong += float16{-middle}.bits != (0x8000 | (low % 2 == 0 ? low : high));
    }
    BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_CASE(the_ends) {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    BOOST_TEST(float16{65504.f}.bits == 0x7bff);
    BOOST_TEST(float16{65519.99f}.bits == 0x7bff);
    BOOST_TEST(float16{65520.f}.bits == 0x7c00);
    BOOST_TEST(float16{-infinity}.bits == 0xfc00);
    BOOST_TEST(static_cast<float>(float16{infinity}) == infinity);
    BOOST_TEST(float16{0x1p-26f}.bits == 0);
    BOOST_TEST(float16{-0.f}.bits == 0x8000);
    BOOST_TEST(std::isnan(static_cast<float>(float16{std::nanf("")})));
}
