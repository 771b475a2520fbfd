// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the pool of device memory on a memory of a few kilobytes: reuse, giving back, arenas of graphs, and what it says when full.
#include <ncsn/arrays/kernels/caching_pool.hpp>

#include <boost/test/unit_test.hpp>

#include <support/emulated_device.hpp>
#include <support/files.hpp>

#include <set>

using namespace ncsn;

namespace {

/// 64 KiB in all; counts what is taken.
struct small_memory {
    static constexpr const char* name = "small";
    static inline std::map<void*, std::size_t> taken;
    static inline std::size_t held = 0, asked = 0;
    static constexpr std::size_t total = 65536;
    static void* take(std::size_t bytes) {
        ++asked;
        if (held + bytes > total) return nullptr;
        void* block = ::operator new(bytes);
        taken[block] = bytes, held += bytes;
        return block;
    }
    static void give(void* block) {
        BOOST_TEST_REQUIRE(taken.count(block) == 1u);
        held -= taken[block];
        taken.erase(block);
        ::operator delete(block);
    }
    static std::pair<std::size_t, std::size_t> free_and_total() { return {total - held, total}; }
};
using pool = caching_pool<small_memory>;

struct fresh {
    fresh() { small_memory::asked = 0; }
    ~fresh() { BOOST_TEST(small_memory::held == 0u); }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_block_given_back_is_lent_again, fresh) {
    pool p;
    void* const a = p.allocate(1000);
    BOOST_TEST((p.bytes_in_use() == 1024u && p.bytes_idle() == 0u));
    p.release(a, 1000);
    BOOST_TEST((p.bytes_in_use() == 0u && p.bytes_idle() == 1024u));
    BOOST_TEST(p.allocate(900) == a);                                                 // the same size after rounding
    void* const b = p.allocate(900);
    BOOST_TEST((b != a && small_memory::asked == 2u));
    p.release(a, 900), p.release(b, 900);
    BOOST_TEST(p.trim() == 2048u);
}

BOOST_FIXTURE_TEST_CASE(sizes_are_rounded_up_by_an_eighth_at_most, fresh) {
    for (std::size_t bytes = 0; bytes < 3000000; bytes += 1 + bytes / 50) {
        const std::size_t size = pool::rounded(bytes);
        BOOST_TEST_REQUIRE((size >= bytes && size % 512 == 0 && size > 0));
        if (bytes > 4096) BOOST_TEST_REQUIRE(size - bytes <= bytes / 8);
        BOOST_TEST_REQUIRE(pool::rounded(size) == size);
    }
}

BOOST_FIXTURE_TEST_CASE(idle_blocks_make_room_for_another_size, fresh) {
    pool p;
    void* const a = p.allocate(40960);
    p.release(a, 40960);
    void* const b = p.allocate(49152);                                                // both do not fit
    p.release(b, 49152);
    p.trim();
}

BOOST_FIXTURE_TEST_CASE(a_full_device_is_described, fresh) {
    pool p;
    void *const a = p.allocate(32768), *const b = p.allocate(16384);
    p.release(b, 16384);
    const std::string said = message_of([&] { p.allocate(40000); });
    for (const char* part : {"small: out of memory", "40000 bytes (39.06 KiB) were asked for", "tensors hold 32768 (32.00 KiB)", "0 B lie idle",
                             "16.00 KiB were given back", "32.00 KiB free of 64.00 KiB", "smaller batch", "bfloat16"})
        BOOST_TEST(said.find(part) != std::string::npos, "'" << said << "' does not say " << part);
    BOOST_TEST(p.bytes_in_use() == 32768u);
    p.release(a, 32768);
    p.trim();
}

BOOST_FIXTURE_TEST_CASE(what_a_graph_works_in_is_nobody_elses, fresh) {
    pool p;
    void* const input = p.allocate(512);                                              // the graph reads it; given back while it is captured
    auto arena = std::make_shared<pool::arena>(p);
    p.capture(arena);
    BOOST_TEST(p.capturing());
    void* const passing = p.allocate(512);
    p.release(passing, 512);
    void *const again = p.allocate(512), *const output = p.allocate(512);
    BOOST_TEST((again == passing && output != input));                                // inside the graph blocks are lent again
    p.release(again, 512);
    p.release(input, 512);
    BOOST_TEST(message_of([&] { p.capture(std::make_shared<pool::arena>(p)); }).find("captured already") != std::string::npos);
    BOOST_TEST(p.trim() == 0u);
    p.capture(nullptr);

    void* const other = p.allocate(512);
    const std::set<void*> of_graph{input, passing, output};
    BOOST_TEST(of_graph.count(other) == 0u);
    p.release(other, 512);

    arena.reset();                                                                    // the graph is gone, one of its results is not
    void* const next = p.allocate(512);
    BOOST_TEST(of_graph.count(next) == 0u);
    p.release(next, 512);
    p.release(output, 512);                                                           // now everything is
    BOOST_TEST((p.bytes_in_use() == 0u && p.bytes_idle() == 2048u));                   // input and the other one; passing and output
    BOOST_TEST(p.trim() == 2048u);
}

BOOST_FIXTURE_TEST_CASE(what_lasts_from_replay_to_replay_is_no_graphs, fresh) {
    pool p;
    auto arena = std::make_shared<pool::arena>(p);
    p.capture(arena);
    void* const passing = p.allocate(512);
    p.release(passing, 512);
    void* const lasting = p.allocate_lasting(512);
    BOOST_TEST(lasting != passing);                                                   // which every replay writes to
    p.capture(nullptr);
    p.release(lasting, 512);
    BOOST_TEST(p.allocate(512) == lasting);                                           // at once, though the graph lives
    p.release(lasting, 512);
    arena.reset();
    p.trim();
}

BOOST_FIXTURE_TEST_CASE(a_capture_for_an_update_keeps_no_block_from_outside, fresh) {
    pool p;
    auto arena = std::make_shared<pool::arena>(p);
    void* const packed = p.allocate(512);                                           // of weights, for instance, which are about to change
    p.capture(arena, true);
    void* const passing = p.allocate(512);
    p.release(packed, 512);
    p.release(passing, 512);
    p.capture(nullptr);
    BOOST_TEST(p.allocate(512) == packed);
    p.release(packed, 512);
    arena.reset();
    p.trim();
}

BOOST_FIXTURE_TEST_CASE(one_graph_after_the_other_asks_the_driver_once, fresh) {
    pool p;
    void* const before = p.allocate(700);
    p.release(before, 700);
    for (int graph = 0; graph < 3; ++graph) {
        auto arena = std::make_shared<pool::arena>(p);
        p.capture(arena);
        void *const a = p.allocate(700), *const b = p.allocate(5000);
        BOOST_TEST(a == before);                                                      // nobody used it
        p.release(a, 700), p.release(b, 5000);
        p.capture(nullptr);
        void* const outside = p.allocate(700);                                        // while the graph lives, its blocks are not lent
        BOOST_TEST(outside != a);
        p.release(outside, 700);
    }
    BOOST_TEST(small_memory::asked == 3u);
    BOOST_TEST((p.bytes_in_use() == 0u && p.trim() > 0u && p.bytes_idle() == 0u));
}

BOOST_AUTO_TEST_CASE(a_tensor_that_does_not_fit_is_named) {
    emulated_memory::limit = 66560;
    const auto held = std::make_unique<tensor<float, emulated>>(shape{8192});
    const auto says = [](const std::string& said, std::initializer_list<const char*> parts) {
        for (const char* part : parts) BOOST_TEST(said.find(part) != std::string::npos, "'" << said << "' does not say " << part);
    };
    says(message_of([] { tensor<float, emulated>({100, 100}); }), {"tensor [100,100] of float: emulated: out of memory: 40064 bytes", "36864"});
    says(message_of([] { tensor<bfloat16, emulated>({200, 100}); }), {"tensor [200,100] of bfloat16"});
    says(message_of([&] { auto copy = *held; copy.write(); }), {"tensor [8192] of float"});
    emulated_memory::limit = std::size_t{1} << 40;
}

BOOST_AUTO_TEST_CASE(bytes_are_told_in_units) {
    BOOST_TEST(readable_bytes(0) == "0 B");
    BOOST_TEST(readable_bytes(1023) == "1023 B");
    BOOST_TEST(readable_bytes(1024) == "1.00 KiB");
    BOOST_TEST(readable_bytes(std::size_t{3} << 29) == "1.50 GiB");
}
