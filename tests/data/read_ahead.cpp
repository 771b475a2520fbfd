// SPDX-License-Identifier: Apache-2.0
/// \file  Reading ahead changes no result, holds no more than it may, and hands on errors.
#include "../support/files.hpp"

#include <ncsn/data/read_ahead.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <numeric>

using namespace ncsn;
using array = tensor<float, cpu>;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t numbers_of_threads[]{0, 1, 2, 4};

images<array> digits() {
    auto pixels = tensor<std::uint8_t, cpu>::uninitialized({100, 2, 2, 1});
    std::iota(pixels.write(), pixels.write() + pixels.size(), std::uint8_t{0});
    return images<array>{pixels};
}
/// Waits until a condition holds, for ten seconds at most.
template <class F> bool comes_true(const F& condition) {
    for (int i = 0; i < 1000 && !condition(); ++i) std::this_thread::sleep_for(10ms);
    return condition();
}

}  // namespace

BOOST_AUTO_TEST_CASE(batches_are_the_same_for_any_number_of_threads) {
    const auto data = digits();
    const batch_order order{data.size(), 8, 7};
    for (const std::size_t threads : numbers_of_threads) {
        batch_loader<images<array>> batches{{data, order}, {.threads = threads, .ahead = 3}};
        batch_order rows = order;
        for (std::size_t step = 0; step < 40; ++step) {                             // over three epochs
            const array x = batches.at(step), expected = data.batch(rows.rows(step));
            BOOST_TEST(x.shape() == expected.shape());
            BOOST_TEST(std::ranges::equal(x.values(), expected.values()));
        }
    }
}

BOOST_AUTO_TEST_CASE(slow_work_that_ends_out_of_order_is_handed_out_in_order) {
    const auto work = [](std::size_t i) {
        std::this_thread::sleep_for(i % 3 == 0 ? 5ms : 0ms);
        return i * i;
    };
    read_ahead ahead{work, {.threads = 4, .ahead = 8}};
    for (std::size_t i = 5; i < 60; ++i) BOOST_TEST(ahead.at(i) == i * i);
}

BOOST_AUTO_TEST_CASE(any_step_may_be_asked_for_and_the_same_one_again_costs_nothing) {
    for (const std::size_t threads : numbers_of_threads) {
        auto calls = std::make_shared<std::atomic<int>>(0);
        const auto work = [calls](std::size_t i) {
            ++*calls;
            return 10 * i;
        };
        read_ahead ahead{work, {.threads = threads, .ahead = 2}};
        for (const std::size_t i : {3u, 4u, 4u, 100u, 101u, 3u, 3u, 2u, 0u, 1u}) BOOST_TEST(ahead.at(i) == 10 * i);
        if (threads == 0) BOOST_TEST(*calls == 8);
    }
}

BOOST_AUTO_TEST_CASE(no_more_is_begun_than_may_be_kept) {
    for (const std::size_t threads : {1, 4}) {
        auto begun = std::make_shared<std::atomic<std::size_t>>(0);
        const auto work = [begun](std::size_t i) {
            ++*begun;
            return i;
        };
        read_ahead ahead{work, {.threads = threads, .ahead = 3}};
        ahead.at(0);
        BOOST_TEST(comes_true([&] { return *begun == 4u; }));                       // 0, and three after it
        std::this_thread::sleep_for(50ms);
        BOOST_TEST(*begun == 4u);
        ahead.at(1);
        BOOST_TEST(comes_true([&] { return *begun == 5u; }));
    }
}

BOOST_AUTO_TEST_CASE(work_goes_on_while_the_results_are_used) {
    auto begun = std::make_shared<std::atomic<std::size_t>>(0);
    const auto work = [begun](std::size_t i) {
        ++*begun;
        return i;
    };
    read_ahead ahead{work, {.threads = 2, .ahead = 4}};
    ahead.at(0);
    BOOST_REQUIRE(comes_true([&] { return *begun == 5u; }));
    const double before = ahead.waited();
    for (std::size_t i = 1; i < 5; ++i) ahead.at(i);                                // all there already
    BOOST_TEST(ahead.waited() - before < 1);
}

BOOST_AUTO_TEST_CASE(no_work_is_begun_beyond_the_last_result) {
    for (const std::size_t threads : numbers_of_threads) {
        auto begun = std::make_shared<std::atomic<std::size_t>>(0);
        {
            read_ahead ahead{[begun](std::size_t i) { return ++*begun, i; }, {.threads = threads, .ahead = 4, .count = 6}};
            for (std::size_t i = 0; i < 6; ++i) BOOST_TEST(ahead.at(i) == i);
            std::this_thread::sleep_for(std::chrono::milliseconds{20});             // time enough to begin a seventh
            BOOST_TEST(message_of([&] { ahead.at(6); }) == "read_ahead: result 6 was asked for; there are 6");
        }
        BOOST_TEST(*begun == 6u);
    }
}

BOOST_AUTO_TEST_CASE(an_error_reaches_the_step_that_needed_the_result_and_no_other) {
    for (const std::size_t threads : numbers_of_threads) {
        const auto work = [](std::size_t i) {
            require(i != 3, "image 3 is damaged");
            if (i == 5) throw std::bad_alloc{};
            return i;
        };
        read_ahead ahead{work, {.threads = threads, .ahead = 4}};
        for (int round = 0; round < 2; ++round) {
            for (std::size_t i = 0; i < 3; ++i) BOOST_TEST(ahead.at(i) == i);
            BOOST_TEST(message_of([&] { ahead.at(3); }) == "image 3 is damaged");
            BOOST_TEST(message_of([&] { ahead.at(3); }) == "image 3 is damaged");   // asked for again, it is tried again
            BOOST_TEST(ahead.at(4) == 4u);
            BOOST_CHECK_THROW(ahead.at(5), std::bad_alloc);
        }
    }
}

BOOST_AUTO_TEST_CASE(it_stops_at_any_time) {
    for (int i = 0; i < 50; ++i) {
        read_ahead ahead{[](std::size_t n) { return n; }, {.threads = 4, .ahead = 16}};
        if (i % 3 > 0) ahead.at(static_cast<std::size_t>(i));
        if (i % 3 > 1) ahead.at(0);
    }
    BOOST_TEST(true);                                                               // and the destructors have come back
}

BOOST_AUTO_TEST_CASE(settings_that_cannot_be_are_refused) {
    const auto work = [](std::size_t i) { return i; };
    BOOST_TEST(message_of([&] { read_ahead ahead(work, {.threads = 100'000}); }).find("100000 threads") != std::string::npos);
    BOOST_TEST(message_of([&] { read_ahead ahead(work, {.ahead = 0}); }).find("at least one") != std::string::npos);
}
