// SPDX-License-Identifier: Apache-2.0
/// \file  Elements come to a device and go from it.
#include <boost/test/unit_test.hpp>

#include <support/emulated_device.hpp>

#include <ncsn/arrays/elementwise.hpp>

using namespace ncsn;

namespace {

struct add_to { NCSN_HD void operator()(float& sum, float term) const { sum += term; } };

}  // namespace

BOOST_AUTO_TEST_CASE(elements_of_another_device_are_read_one_by_one_or_fetched) {
    const tensor<float, emulated> x({3}, {1, 2, 3}), constant({2}, 7);
    BOOST_TEST(x[1] == 2);
    const tensor<float, emulated> one({1}, {5});
    BOOST_TEST(one.item() == 5);
    const tensor<float> fetched = on_device<cpu>(x);
    BOOST_TEST(fetched[0] == 1);
    BOOST_TEST(fetched[2] == 3);
    BOOST_TEST(on_device<cpu>(constant)[1] == 7);
    BOOST_TEST(on_device<emulated>(fetched)[2] == 3);
    const tensor<float, emulated> zeros(shape{2});
    BOOST_TEST(on_device<cpu>(zeros)[1] == 0);
}
BOOST_AUTO_TEST_CASE(an_empty_tensor_stays_empty_wherever_it_goes) {
    const tensor<float, emulated> there;
    const tensor<float> here;
    BOOST_TEST(on_device<cpu>(there).empty());
    BOOST_TEST(on_device<emulated>(here).empty());
}
BOOST_AUTO_TEST_CASE(fetching_from_the_device_one_is_on_shares_the_elements) {
    const tensor<float> x({2}, {1, 2});
    BOOST_TEST(on_device<cpu>(x).data() == x.data());
}
BOOST_AUTO_TEST_CASE(copies_on_another_device_do_not_change_with_each_other) {
    tensor<float, emulated> x({2}, {1, 2});
    const tensor<float, emulated> before = x;
    for_each_element(add_to{}, x, before);
    BOOST_TEST(x[1] == 4);
    BOOST_TEST(before[1] == 2);
}
BOOST_AUTO_TEST_CASE(the_pool_gives_a_freed_block_back_to_the_next_of_its_size) {
    void* const block = cpu::allocate(100000);
    cpu::release(block, 100000);
    void* const again = cpu::allocate(100000);
    BOOST_TEST(again == block);
    cpu::release(again, 100000);
    cpu::trim();
}
