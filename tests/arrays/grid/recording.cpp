// SPDX-License-Identifier: Apache-2.0
/// \file  A recording copies what is uploaded anew, draws on, and finds no numbers in memory that nobody wrote.
#define BOOST_TEST_MODULE arrays_grid_recording
#include <boost/test/unit_test.hpp>

#include <support/emulated_device.hpp>

#include <ncsn/arrays/random.hpp>
#include <ncsn/autodiff/arithmetic.hpp>

#include <cmath>

using namespace ncsn;
using array = tensor<float, emulated>;

BOOST_AUTO_TEST_CASE(a_replay_copies_what_the_rehearsal_uploaded_and_draws_on) {
    philox rng{1}, same = rng;
    array sum{shape{8}}, expected{shape{8}};
    float number = 1;
    const auto work = [&](array& into, philox& generator) {
        const array x{{8}, std::span<const float>{std::vector<float>(8, number)}};
        const array next = into + x + normal_like(x, generator);
        emulated::copy(into.write(), next.data(), 8 * sizeof(float));
    };
    recording<emulated> tape;
    work(sum, rng);
    tape.finish(rng.draw);
    BOOST_TEST(on_device<cpu>(sum).values()[0] == 0);                                      // nothing happened yet
    tape.replay();
    for (number = 2; number < 5; ++number) {
        tape.rehearse([&] { work(sum, rng); }, rng);
        tape.replay();
    }
    for (number = 1; number < 5; ++number) work(expected, same);
    BOOST_TEST(on_device<cpu>(sum).values() == on_device<cpu>(expected).values(), boost::test_tools::per_element());
    BOOST_TEST(rng.draw == same.draw);
}

BOOST_AUTO_TEST_CASE(work_that_fails_closes_its_recording) {
    const auto failing = [] {
        recording<emulated> tape;
        fail("on purpose");
    };
    BOOST_CHECK_THROW(failing(), error);
    BOOST_TEST(!recording<emulated>::open());
    BOOST_TEST(on_device<cpu>(array{shape{3}, 2.0f}).values()[2] == 2);                    // work is done at once again
}

BOOST_AUTO_TEST_CASE(memory_holds_no_number_at_the_start_of_any_replay) {
    philox rng{1};
    const array from{shape{8}, 1.0f};
    array result{shape{8}};
    recording<emulated> tape;
    {
        auto passing = array::uninitialized({8});
        emulated::copy(passing.write(), from.data(), 8 * sizeof(float));
        emulated::copy(result.write(), passing.data(), 8 * sizeof(float));
    }
    const auto unset = array::uninitialized({8});                                   // where the passing one was
    emulated::copy(result.write(), unset.data(), 4 * sizeof(float));
    tape.finish(0);
    for (int replay = 0; replay < 2; ++replay) {
        tape.replay();
        const auto found = on_device<cpu>(result);
        BOOST_TEST((std::isnan(found[0]) && found[7] == 1));
    }
}
