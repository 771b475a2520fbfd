// SPDX-License-Identifier: Apache-2.0
/// \file  A recording keeps to its own memory, fills in what is uploaded, draws anew, and notices other work.
#define BOOST_TEST_MODULE arrays_grid_recording
#include <boost/test/unit_test.hpp>

#include <support/recording_device.hpp>

#include <ncsn/arrays/recording.hpp>
#include <ncsn/autodiff/arithmetic.hpp>

using namespace ncsn;
using array = tensor<float, recorder>;

BOOST_AUTO_TEST_CASE(a_replay_copies_what_the_rehearsal_uploaded_and_draws_on) {
    philox rng{1}, same = rng;
    array sum{shape{8}}, expected{shape{8}};
    float number = 1;
    const auto work = [&](array& into, philox& generator) {
        const array x{{8}, std::span<const float>{std::vector<float>(8, number)}};
        const array next = into + x + normal_like(x, generator);
        recorder::copy(into.write(), next.data(), 8 * sizeof(float));
    };
    recording<recorder> tape;
    work(sum, rng);
    tape.finish(rng.draw);
    BOOST_TEST(as_host(sum).values()[0] == 0);                                      // nothing happened yet
    tape.replay();
    for (number = 2; number < 5; ++number) {
        tape.rehearse([&] { work(sum, rng); }, rng);
        tape.replay();
    }
    for (number = 1; number < 5; ++number) work(expected, same);
    BOOST_TEST(as_host(sum).values() == as_host(expected).values(), boost::test_tools::per_element());
    BOOST_TEST(rng.draw == same.draw);
}

BOOST_AUTO_TEST_CASE(work_that_fails_closes_its_recording) {
    const auto failing = [] {
        recording<recorder> tape;
        fail("on purpose");
    };
    BOOST_CHECK_THROW(failing(), error);
    BOOST_TEST(!recording<recorder>::open());
    BOOST_TEST(as_host(array{shape{3}, 2.0f}).values()[2] == 2);                    // work is done at once again
}

BOOST_AUTO_TEST_CASE(other_work_than_was_recorded_is_an_error) {
    recorder::record = true;
    repeated<recorder> work;
    philox rng{1};
    std::size_t n = 4;
    array sum{shape{1}};
    const auto add = [&] {
        const std::vector<float> numbers(n, 1.0f);
        const array x{{n}, std::span<const float>{numbers}};
        recorder::copy(sum.write(), x.data(), sizeof(float));
    };
    for (int i = 0; i < 4; ++i) work(rng, add);
    n = 5;
    BOOST_CHECK_THROW(work(rng, add), error);
    BOOST_TEST(!recording<recorder>::open());
    n = 4;
    BOOST_CHECK_THROW(work(rng, [&] { add(); ++rng.draw; }), error);
    work(rng, add);
}

BOOST_AUTO_TEST_CASE(memory_of_a_recording_is_its_own) {
    recorder::record = true;
    philox rng{1};
    repeated<recorder> work;
    array result{shape{1000}};
    const auto draw = [&] {
        const array z = normal_like(result, rng);
        recorder::copy(result.write(), z.data(), 1000 * sizeof(float));
    };
    for (int i = 0; i < 3; ++i) work(rng, draw);
    array mine{shape{1000}, 5.0f};                                                  // of the size that the recording uses inside
    work(rng, draw);
    BOOST_TEST(as_host(mine).values()[999] == 5.0f);
}
