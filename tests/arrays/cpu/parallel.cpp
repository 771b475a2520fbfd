// SPDX-License-Identifier: Apache-2.0
/// \file  Parallel loops: every element once, bounded workers, and exceptions that reach the caller.
#include <boost/test/unit_test.hpp>

#include <ncsn/arrays/cpu/parallel.hpp>

#include <atomic>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

using namespace ncsn;

namespace {

/// test() with so many threads.
template <class Test> void with_threads(int n, Test test) {
    const int before = omp_get_max_threads();
    omp_set_num_threads(n);
    BOOST_TEST_CONTEXT(n << " threads") test();
    omp_set_num_threads(before);
}

}  // namespace

BOOST_AUTO_TEST_CASE(blocks_cover_every_element_once_and_do_not_depend_on_threads) {
    for (const std::size_t n : {0, 1, 9, 10, 11, 95})
        for (const int threads : {1, 2, 3})
            with_threads(threads, [n] {
                std::vector<int> visits(n);
                std::atomic<int> wrong = 0;                                         // Boost.Test's log is not for several threads
                for_each_block(n, 10, [&](std::size_t begin, std::size_t end) {
                    wrong += begin % 10 != 0 || end != std::min(n, begin + 10);
                    for (std::size_t i = begin; i < std::min(n, end); ++i) ++visits[i];
                });
                BOOST_TEST(wrong == 0);
                BOOST_TEST(visits == std::vector<int>(n, 1), boost::test_tools::per_element());
            });
}

BOOST_AUTO_TEST_CASE(workers_are_fewer_than_announced_and_one_when_there_is_little_to_do) {
    for (const std::size_t elements : {parallel_grain, parallel_grain + 1})
        for (const std::size_t jobs : {1, 2, 7})
            with_threads(3, [=] {
                const std::size_t workers = workers_for(jobs, elements);
                BOOST_TEST(workers == (elements > parallel_grain ? std::min<std::size_t>(jobs, 3) : 1));
                std::vector<std::size_t> found(jobs);
                for_each_job(jobs, elements, [&](std::size_t job, std::size_t worker) { found[job] = worker; });
                for (const std::size_t worker : found) BOOST_TEST(worker < workers);
            });
}

BOOST_AUTO_TEST_CASE(what_a_body_throws_reaches_the_caller) {
    for (const int threads : {1, 2})
        with_threads(threads, [] {
            const auto broken = [](std::size_t begin, std::size_t) {
                if (begin >= 30) throw std::runtime_error{"block " + std::to_string(begin)};
            };
            const auto names_the_first = [](const std::runtime_error& e) { return std::string{e.what()} == "block 30"; };
            BOOST_CHECK_EXCEPTION(for_each_block(100, 10, broken), std::runtime_error, names_the_first);        // of seven that throw
            BOOST_CHECK_THROW(for_each_job(4, 1 << 20, [](std::size_t, std::size_t) { throw std::bad_alloc{}; }), std::bad_alloc);
            std::vector<int> visits(100);                                           // the next loop is not disturbed
            for_each_block(100, 10, [&](std::size_t begin, std::size_t end) { for (std::size_t i = begin; i < end; ++i) ++visits[i]; });
            BOOST_TEST(visits == std::vector<int>(100, 1), boost::test_tools::per_element());
        });
}

BOOST_AUTO_TEST_CASE(a_loop_inside_a_parallel_region_stays_on_its_thread) {
    with_threads(2, [] {
        std::size_t workers[2]{};
#pragma omp parallel for
        for (std::size_t k = 0; k < 2; ++k) workers[k] = workers_for(8, 1 << 20);
        for (const std::size_t n : workers) BOOST_TEST(n == 1u);
    });
}
