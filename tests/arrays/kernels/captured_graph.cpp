// SPDX-License-Identifier: Apache-2.0
/// \file  A captured graph finds what is uploaded anew, draws on, and finds no numbers in memory that nobody wrote.
#include <boost/test/unit_test.hpp>

#include <support/emulated_device.hpp>

#include <ncsn/arrays/random.hpp>
#include <ncsn/autodiff/arithmetic.hpp>

#include <cmath>

using namespace ncsn;
using array = tensor<float, emulated>;

BOOST_AUTO_TEST_CASE(a_replay_copies_what_the_update_uploaded_and_draws_on) {
    philox rng{1}, same = rng;
    array sum{shape{8}}, expected{shape{8}};
    float number = 1;
    const auto work = [&](array& into, philox& generator) {
        const array x{{8}, std::span<const float>{std::vector<float>(8, number)}};
        const array next = into + x + normal_like(x, generator);
        emulated::copy(into.write(), next.data(), 8 * sizeof(float));
    };
    captured_graph<emulated> graph;
    work(sum, rng);
    graph.finish(0, rng.draw);
    BOOST_TEST(on_device<cpu>(sum).values()[0] == 0);                                      // nothing happened yet
    graph.replay();
    for (number = 2; number < 5; ++number) {
        graph.update([&] { work(sum, rng); }, rng);
        graph.replay();
    }
    for (number = 1; number < 5; ++number) work(expected, same);
    BOOST_TEST(on_device<cpu>(sum).values() == on_device<cpu>(expected).values(), boost::test_tools::per_element());
    BOOST_TEST(rng.draw == same.draw);
}

/// The device works only when the host waits for it.
struct lazy_device {
    lazy_device() { emulated::lazy = true; }
    ~lazy_device() {
        emulated::synchronize();
        emulated::lazy = false;
    }
};

BOOST_FIXTURE_TEST_CASE(the_host_may_be_replays_ahead_of_the_device, lazy_device) {
    philox rng{1};
    for (const std::size_t n : {std::size_t{100}, graph_uploads<emulated>::table_bytes}) {        // one table; tables of their own beside it
        array first{shape{n}}, second{shape{3}};
        float number = 0;
        const auto work = [&] {
            const array x{{n}, std::span<const float>{std::vector<float>(n, number)}}, y{{3}, {number + 0.25f, 0, number + 0.5f}};
            const array z{{n}, std::span<const float>{std::vector<float>(n, 2 * number)}};
            const array sum = x + z;
            emulated::copy(first.write(), sum.data(), n * sizeof(float));
            emulated::copy(second.write(), y.data(), 3 * sizeof(float));
        };
        std::vector<array> firsts, seconds;
        const auto keep = [&] {                                                     // a copy in the order of the device's work
            firsts.push_back(first + 0.0f), seconds.push_back(second + 0.0f);
        };
        {
            captured_graph<emulated> graph;
            work();
            graph.finish(0, 0);
            graph.replay();
            keep();
            for (number = 1; number < 9; ++number) {
                graph.update(work, rng);
                graph.replay();
                keep();
            }
        }
        for (std::size_t i = 0; i < 9; ++i) {
            const auto at = static_cast<float>(i);
            const auto wide = on_device<cpu>(firsts[i]), narrow = on_device<cpu>(seconds[i]);
            BOOST_TEST((wide[0] == 3 * at && wide[n - 1] == 3 * at && narrow[0] == at + 0.25f && narrow[2] == at + 0.5f), n << ", replay " << i);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(the_host_waits_for_the_replay_before_the_last_and_no_later_one, lazy_device) {
    philox rng{1};
    array result{shape{1}};
    emulated::mark after[6];
    captured_graph<emulated> graph;
    const auto work = [&] {
        const array x{{1}, {2.0f}};
        emulated::copy(result.write(), x.data(), sizeof(float));
    };
    work();
    graph.finish(0, 0);
    graph.replay();
    after[0].set();
    for (std::size_t i = 1; i < 6; ++i) {
        graph.update(work, rng);
        for (std::size_t k = 0; k < i; ++k) BOOST_TEST(after[k].reached() == (k + 3 <= i), "replay " << k << " when " << i << " is prepared");
        graph.replay();
        after[i].set();
    }
}

BOOST_AUTO_TEST_CASE(tables_are_of_no_graphs_memory) {
    const std::size_t before = emulated::pool().bytes_in_use();
    {
        array result{shape{64}};
        captured_graph<emulated> graph;
        {
            const array passing = array::uninitialized({graph_uploads<emulated>::table_bytes / sizeof(float) - 16});
        }                                                                           // its block, of a table's size, is written to in each replay
        const array x{{64}, std::span<const float>{std::vector<float>(64, 3.0f)}};
        emulated::copy(result.write(), x.data(), 64 * sizeof(float));
        graph.finish(0, 0);
        for (int replay = 0; replay < 2; ++replay) {                                // the second finds what the first was sent
            graph.replay();
            BOOST_TEST(on_device<cpu>(result)[63] == 3.0f);
        }
    }
    BOOST_TEST(emulated::pool().bytes_in_use() == before);
}

BOOST_AUTO_TEST_CASE(work_that_fails_closes_its_capture) {
    const auto failing = [] {
        captured_graph<emulated> graph;
        fail("on purpose");
    };
    BOOST_CHECK_THROW(failing(), error);
    BOOST_TEST(!captured_graph<emulated>::open());
    BOOST_TEST(on_device<cpu>(array{shape{3}, 2.0f}).values()[2] == 2);                    // work is done at once again
}

BOOST_AUTO_TEST_CASE(memory_holds_no_number_at_the_start_of_any_replay) {
    philox rng{1};
    const array from{shape{8}, 1.0f};
    array result{shape{8}};
    captured_graph<emulated> graph;
    {
        auto passing = array::uninitialized({8});
        emulated::copy(passing.write(), from.data(), 8 * sizeof(float));
        emulated::copy(result.write(), passing.data(), 8 * sizeof(float));
    }
    const auto unset = array::uninitialized({8});                                   // where the passing one was
    emulated::copy(result.write(), unset.data(), 4 * sizeof(float));
    graph.finish(0, 0);
    for (int replay = 0; replay < 2; ++replay) {
        graph.replay();
        const auto found = on_device<cpu>(result);
        BOOST_TEST((std::isnan(found[0]) && found[7] == 1));
    }
}
