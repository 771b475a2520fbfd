// SPDX-License-Identifier: Apache-2.0
/// \file  Working memory: aligned, apart, and given back.
#include <boost/test/unit_test.hpp>

#include <ncsn/arrays/cpu/scratch.hpp>

#include <algorithm>
#include <cstdint>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(workers_have_aligned_memory_of_their_own) {
    for (const std::size_t size : {0, 1, 15, 16, 17, 1000}) {
        const worker_scratch<float> memory{3, size};
        for (std::size_t worker = 0; worker < 3; ++worker) {
            BOOST_TEST(reinterpret_cast<std::uintptr_t>(memory[worker]) % cpu::alignment == 0u);
            std::fill_n(memory[worker], size, static_cast<float>(worker));
        }
        for (std::size_t worker = 0; worker < 3; ++worker)
            BOOST_TEST(std::all_of(memory[worker], memory[worker] + size, [=](float v) { return v == static_cast<float>(worker); }));
    }
}

BOOST_AUTO_TEST_CASE(memory_of_a_finished_call_is_used_again) {
    cpu::trim();
    const void* first = scratch{5000}.data();                                       // released here: 8 KiB
    BOOST_TEST(scratch{8000}.data() == first);
    BOOST_TEST(scratch{0}.data() == nullptr);
}
