// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the generator against Random123 and its published vectors, and of its promise that position alone decides.
#include <ncsn/arrays/random.hpp>

#include <boost/test/unit_test.hpp>

#include <Random123/philox.h>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(published_vectors) {
    // The three known answers for philox4x32 with 10 rounds that Salmon et al. distribute with Random123.
    using words = std::array<std::uint32_t, 4>;
    BOOST_TEST((philox_block(0, 0, 0, 0, 0, 0) == words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    const std::uint32_t all = 0xffffffff;
    BOOST_TEST((philox_block(all, all, all, all, all, all) == words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    BOOST_TEST((philox_block(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0) ==
                words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

BOOST_AUTO_TEST_CASE(blocks_are_those_of_random123) {
    std::uint32_t state = 12345;
    const auto next = [&state] { return state = state * 1664525u + 1013904223u, state ^ (state >> 15); };
    for (int trial = 0; trial < 1000; ++trial) {
        const r123::Philox4x32::ctr_type c{{next(), next(), next(), next()}};
        const r123::Philox4x32::key_type k{{next(), next()}};
        const auto expected = r123::Philox4x32{}(c, k);
        const auto found = philox_block(c[0], c[1], c[2], c[3], k[0], k[1]);
        for (std::size_t i = 0; i < 4; ++i) BOOST_TEST_REQUIRE(found[i] == expected[i]);
    }
}

BOOST_AUTO_TEST_CASE(many_blocks_at_once_are_the_single_blocks) {
    philox rng{0x123456789abcdef0u, 7};
    rng.draw = 3;
    for (const std::uint64_t start : {std::uint64_t{0}, std::uint64_t{5}, std::uint64_t{0xffffffc0u}}) {  // the last one carries into the upper word
        std::array<std::array<std::uint32_t, 128>, 4> words;
        philox_blocks(rng, start, words);
        for (std::size_t i = 0; i < 128; ++i)
            for (std::size_t k = 0; k < 4; ++k) BOOST_TEST_REQUIRE(words[k][i] == rng.block(start + i)[k]);
    }
}

BOOST_AUTO_TEST_CASE(seed_stream_draw_and_position_all_matter) {
    const philox rng{1, 2};
    philox other = rng;
    other.draw = 1;
    BOOST_TEST(rng.word(0) != other.word(0));
    BOOST_TEST((rng.word(0) != philox{1, 3}.word(0)));
    BOOST_TEST((rng.word(0) != philox{2, 2}.word(0)));
    BOOST_TEST((rng.word(0) != philox{1 + (std::uint64_t{1} << 32), 2}.word(0)));     // all 64 bits of the seed
    BOOST_TEST(rng.word(0) != rng.word(1));
    BOOST_TEST(rng.word(4) != rng.word(std::uint64_t{4} << 32));
    BOOST_TEST(rng.word(6) == rng.block(1)[2]);
}

BOOST_AUTO_TEST_CASE(numbers_lie_in_their_intervals) {
    const std::uint32_t all = 0xffffffff;
    BOOST_TEST(open_unit<float>(0) > 0);
    BOOST_TEST(open_unit<double>(0) > 0);
    BOOST_TEST(open_unit<float>(all) <= 1);
    BOOST_TEST(open_unit<double>(all) < 1);
    BOOST_TEST(half_open_unit<float>(0) == 0);
    BOOST_TEST(half_open_unit<float>(all) < 1);
    BOOST_TEST(half_open_unit<double>(all) < 1);
    for (const std::uint32_t w : {0u, all, 0x80000000u}) {
        const auto p = normal_pair<float>(w, w);
        BOOST_TEST((std::isfinite(p.cosine) && std::isfinite(p.sine)));
    }
}
