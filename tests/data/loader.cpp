// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the order of samples and of batches.
#include "../support/files.hpp"

#include <ncsn/data/loader.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;

namespace {

/// Ten samples; sample i is the number i.
struct numbers {
    std::size_t size() const { return 10; }
    ncsn::shape shape() const { return {1, 1}; }
    array batch(std::span<const std::size_t> rows) const {
        array x{{rows.size(), 1}};
        for (std::size_t i = 0; i < rows.size(); ++i) x.write()[i] = static_cast<float>(rows[i]);
        return x;
    }
};
std::vector<std::size_t> sorted(std::vector<std::size_t> v) {
    std::sort(v.begin(), v.end());
    return v;
}
std::vector<std::size_t> first(std::size_t n) {
    std::vector<std::size_t> v;
    for (std::size_t i = 0; i < n; ++i) v.push_back(i);
    return v;
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_epoch_is_a_permutation_that_seed_stream_and_epoch_decide) {
    philox rng{1, 2};
    const auto order = epoch_order(1000, rng);
    BOOST_TEST(sorted(order) == first(1000));
    BOOST_TEST(order == epoch_order(1000, rng));
    philox next = rng;
    ++next.draw;
    BOOST_TEST(order != epoch_order(1000, next));
    BOOST_TEST(order != epoch_order(1000, philox{1, 3}));
    BOOST_TEST(order != epoch_order(1000, philox{2, 2}));
    BOOST_TEST(epoch_order(0, rng).empty());
}

BOOST_AUTO_TEST_CASE(every_order_is_equally_likely) {
    int count[6] = {};
    philox rng{5};
    for (; rng.draw < 6000; ++rng.draw) {
        const auto o = epoch_order(3, rng);
        ++count[2 * o[0] + (o[1] > o[2])];
    }
    for (const int times : count) BOOST_TEST(std::abs(times - 1000) < 145);         // 5 standard deviations of a binomial
}

BOOST_AUTO_TEST_CASE(the_batches_of_an_epoch_hold_every_sample_once_and_the_next_epoch_differs) {
    batch_order order{12, 3, 7};
    std::vector<std::size_t> one, two;
    for (std::size_t step = 0; step < 8; ++step) {
        for (const std::size_t row : order.rows(step)) (step < 4 ? one : two).push_back(row);
    }
    BOOST_TEST(order.batches_per_epoch() == 4u);
    BOOST_TEST(sorted(one) == first(12));
    BOOST_TEST(sorted(two) == first(12));
    BOOST_TEST(one != two);
}

BOOST_AUTO_TEST_CASE(a_step_has_the_same_rows_whatever_was_asked_before) {
    batch_order all{10, 3, 7};
    for (const std::size_t step : {0u, 1u, 2u, 3u, 100u, 2u, 1'000'000u}) BOOST_TEST(all.rows(step) == (batch_order{10, 3, 7}.rows(step)));
}

BOOST_AUTO_TEST_CASE(an_incomplete_batch_is_dropped_or_kept) {
    batch_order drop{10, 4, 7}, keep{10, 4, 7, incomplete_batch::keep};
    BOOST_TEST(drop.batches_per_epoch() == 2u);
    BOOST_TEST(keep.batches_per_epoch() == 3u);
    BOOST_TEST(keep.rows(2).size() == 2u);
    BOOST_TEST(drop.rows(2).size() == 4u);                                          // of the next epoch
    BOOST_TEST((batch_order{3, 4, 7, incomplete_batch::keep}.rows(0).size()) == 3u);
}

BOOST_AUTO_TEST_CASE(a_resumed_loop_sees_the_batches_of_the_uninterrupted_one) {
    const numbers data;
    philox rng{9};
    std::vector<float> whole, resumed;
    std::size_t batches = 0;
    for (const auto& x : random_batches(data, 4, 7, rng)) {
        ++batches;
        whole.insert(whole.end(), x.values().begin(), x.values().end());
        ++rng.draw;                                                                 // noise drawn in between changes nothing
    }
    BOOST_TEST(batches == 7u);
    for (const auto& x : random_batches(data, 4, 7, rng, {.first_step = 3})) resumed.insert(resumed.end(), x.values().begin(), x.values().end());
    BOOST_TEST(std::vector<float>(whole.begin() + 12, whole.end()) == resumed);
}

BOOST_AUTO_TEST_CASE(impossible_batches_are_refused) {
    BOOST_TEST(message_of([] { batch_order{3, 4, 7}; }).find("batches of 4 from 3 samples") != std::string::npos);
    BOOST_TEST(message_of([] { batch_order{3, 0, 7}; }).find("positive") != std::string::npos);
    BOOST_TEST(message_of([] { batch_order{0, 1, 7}; }).find("positive") != std::string::npos);
}

static_assert(std::input_iterator<batch_range<numbers>::iterator>);
