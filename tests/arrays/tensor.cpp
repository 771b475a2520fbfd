// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of tensors and shapes: sharing until written, views, and messages that print both sides.
#include <ncsn/arrays/tensor.hpp>

#include <boost/test/unit_test.hpp>

#include <support/files.hpp>

using namespace ncsn;
using array = tensor<float>;

namespace {

void says(const std::string& message, std::initializer_list<const char*> parts) {
    for (const char* part : parts) BOOST_TEST(message.find(part) != std::string::npos, "'" << message << "' does not say " << part);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_tensor_is_made_of_zeros_of_one_value_or_of_given_numbers) {
    for (const float value : array({2, 3}).values()) BOOST_TEST(value == 0);
    for (const float value : array({2, 3}, 5).values()) BOOST_TEST(value == 5);
    const array x({2, 2}, {1, 2, 3, 4});
    BOOST_TEST((x[0] == 1 && x[3] == 4 && x.size() == 4));
    BOOST_TEST(array({}, 7).item() == 7);                                            // rank 0 holds one number
    BOOST_TEST(array({0, 3}).size() == 0u);
}

BOOST_AUTO_TEST_CASE(copies_share_until_one_of_them_is_written) {
    array x({3}, {1, 2, 3});
    array y = x;
    const array view = x.reshaped({3, 1});
    BOOST_TEST(y.data() == x.data());
    BOOST_TEST(view.data() == x.data());
    BOOST_TEST(!x.unique());
    y.write()[0] = 9;
    BOOST_TEST(y.data() != x.data());
    BOOST_TEST((x[0] == 1 && view[0] == 1 && y[0] == 9 && y[2] == 3));
    BOOST_TEST(y.unique());
    const float* before = y.data();
    y.write()[1] = 8;
    BOOST_TEST(y.data() == before);                                                   // nobody shares it: no copy
}

BOOST_AUTO_TEST_CASE(writing_forgets_what_a_device_derived_from_the_elements) {
    array x({3}, {1, 2, 3});
    const array copy = x;
    x.packed() = std::make_shared<int>(4);
    BOOST_TEST(copy.packed() != nullptr);
    x.write();
    BOOST_TEST(x.packed() == nullptr);
    BOOST_TEST(copy.packed() != nullptr);                                           // the copy's elements are what they were
}

BOOST_AUTO_TEST_CASE(an_empty_tensor_holds_nothing) {
    const array none;
    BOOST_TEST(none.empty());
    BOOST_TEST(none.size() == 0u);
    BOOST_TEST(!array({0}).empty());
}

BOOST_AUTO_TEST_CASE(mistakes_are_told_with_both_sides) {
    says(message_of([] { array({2, 3}, {1, 2}); }), {"2 values", "[2,3]", "6"});
    says(message_of([] { array({2, 3}).reshaped({4, 2}); }), {"[2,3]", "[4,2]", "6", "8"});
    says(message_of([] { array({2, 3}).item(); }), {"[2,3]", "6"});
    says(message_of([] { shape{1, 2, 3, 4, 5, 6, 7}; }), {"7 axes", "6"});
}

BOOST_AUTO_TEST_CASE(memory_comes_back_aligned_and_from_the_pool) {
    const void* where = nullptr;
    {
        const array x({1000});
        where = x.data();
        BOOST_TEST(reinterpret_cast<std::uintptr_t>(where) % cpu::alignment == 0u);
    }
    const array again({1000});
    BOOST_TEST(again.data() == where);
    cpu::trim();
    BOOST_TEST(array({1000}, 3)[999] == 3);
}
