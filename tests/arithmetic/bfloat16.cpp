// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of bfloat16: every value survives a float and back, and a float goes to the nearest, ties to the even one.
#include <ncsn/arithmetic/bfloat16.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace ncsn;
using limits = std::numeric_limits<bfloat16>;

namespace {

bfloat16 of_bits(unsigned bits) { return bfloat16::from_bits(static_cast<std::uint16_t>(bits)); }

}  // namespace

BOOST_AUTO_TEST_CASE(every_one_survives_a_float_and_back) {
    for (unsigned bits = 0; bits < 0x10000; ++bits) {
        const float x = of_bits(bits);
        if (std::isnan(x)) BOOST_TEST_REQUIRE(bfloat16(x).bits == 0x7fff);
        else BOOST_TEST_REQUIRE(bfloat16(x).bits == bits);
    }
}

BOOST_AUTO_TEST_CASE(a_float_goes_to_the_nearest_and_of_two_to_the_even) {
    for (unsigned bits = 0; bits < 0x7f7f; ++bits)                                    // between each and the next, infinity left out
        for (const unsigned sign : {0u, 0x8000u}) {
            const double low = of_bits(sign | bits), high = of_bits(sign | (bits + 1)), middle = low + (high - low) / 2;
            const unsigned even = bits % 2 == 0 ? bits : bits + 1;
            BOOST_TEST_REQUIRE(bfloat16(static_cast<float>(middle)).bits == (sign | even));
            BOOST_TEST_REQUIRE(bfloat16(std::nextafter(static_cast<float>(middle), static_cast<float>(low))).bits == (sign | bits));
            BOOST_TEST_REQUIRE(bfloat16(std::nextafter(static_cast<float>(middle), static_cast<float>(high))).bits == (sign | (bits + 1)));
        }
}

BOOST_AUTO_TEST_CASE(what_is_beyond_the_largest_is_infinite) {
    BOOST_TEST(bfloat16(std::numeric_limits<float>::max()).bits == limits::infinity().bits);
    BOOST_TEST(bfloat16(-std::numeric_limits<float>::max()).bits == 0xff80);
    BOOST_TEST(bfloat16(std::numeric_limits<float>::infinity()).bits == limits::infinity().bits);
}

BOOST_AUTO_TEST_CASE(sums_and_products_are_those_of_floats_rounded) {
    const bfloat16 a(1.5), b(0.0078125), c(-3);
    BOOST_TEST(float(a + b) == 1.5078125f);
    BOOST_TEST(float(a * a * a) == 3.375f);
    BOOST_TEST(float(a - c) == 4.5f);
    BOOST_TEST(float(a / c) == -0.5f);
    BOOST_TEST(float(-a) == -1.5f);
    bfloat16 sum(256);
    sum += bfloat16(1);                                                               // 257 is half way between 256 and 258: the even one
    BOOST_TEST(float(sum) == 256);
    BOOST_TEST((sum *= c, sum -= a, sum /= bfloat16(2), float(sum)) == -384);
    static_assert(std::is_same_v<decltype(a + b), bfloat16> && std::is_same_v<decltype(a * 2.0f), float>);
    BOOST_TEST((c < a && a > b && a == bfloat16(1.5f)));
}

BOOST_AUTO_TEST_CASE(its_limits_are_those_of_eight_bits_of_mantissa) {
    BOOST_TEST(float(limits::epsilon()) == 0x1p-7f);
    BOOST_TEST(float(limits::min()) == std::numeric_limits<float>::min());
    BOOST_TEST(float(limits::max()) == 0x1.fep127f);
    BOOST_TEST(float(limits::lowest()) == -0x1.fep127f);
    BOOST_TEST(float(limits::denorm_min()) == 0x1p-133f);
    BOOST_TEST(std::isnan(float(limits::quiet_NaN())));
    static_assert(std::is_same_v<computing_type<bfloat16>, float> && std::is_same_v<computing_type<const double>, double>);
}
