// SPDX-License-Identifier: Apache-2.0
/// \file  Work for many tensors that is started together gives the bits of work for each, in a few kernels.
#include <ncsn/arrays/elementwise.hpp>

#include <support/emulated_device.hpp>
#include <support/files.hpp>
#include <support/kernels.hpp>

using namespace ncsn;
using D = emulated;

namespace {

struct move_both {
    double factor;
    template <class T> NCSN_HD void operator()(T& a, const T& c, T& b) const { a += c, b = static_cast<T>(factor) * b - a; }
};
/// Sizes of a model: many small ones, a few of some packs, none of zero but one.
std::vector<shape> model_shapes(std::size_t count) {
    std::vector<shape> shapes;
    for (std::size_t k = 0; k < count; ++k) shapes.push_back(k == 3 ? shape{0, 4} : k % 7 == 0 ? shape{3 + k, 5, 8} : shape{1 + k % 13});
    return shapes;
}
template <class A> std::vector<A*> places(std::vector<A>& tensors) {
    std::vector<A*> all;
    for (A& one : tensors) all.push_back(&one);
    return all;
}
template <class A> std::vector<const A*> constant(const std::vector<A>& tensors) {
    std::vector<const A*> all;
    for (const A& one : tensors) all.push_back(&one);
    return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(all_tensors_are_updated_as_each_of_them_would_be, T, element_types) {
    philox rng{1};
    for_both_index_widths<D>([&] {
        for (const std::size_t count : {0, 1, 2, 30, 200}) {
            std::vector<tensor<T, D>> a, b, c;
            for (const shape& s : model_shapes(count)) {
                a.push_back(sent<D, T>(numbers<T>(s, rng)));
                b.push_back(sent<D, T>(numbers<T>(s, rng)));
                c.push_back(sent<D, T>(numbers<T>(s, rng)));
            }
            auto one_a = a, one_b = b;                                              // copies, which must not be changed with a and b
            D::started = 0;
            for_each_element_of_all(move_both{2.5}, places(a), constant(c), places(b));
            BOOST_TEST(D::started <= 2 * count + 1 + count / 30);                   // 2 copies each, for they are shared
            for (std::size_t k = 0; k < count; ++k) {
                for_each_element(move_both{2.5}, one_a[k], std::as_const(c[k]), one_b[k]);
                BOOST_TEST((same(fetched(a[k]), fetched(one_a[k])) && same(fetched(b[k]), fetched(one_b[k]))), k);
            }
        }
    });
}

BOOST_AUTO_TEST_CASE(types_may_be_mixed_and_the_cpu_does_one_after_the_other) {
    philox rng{2};
    std::vector<tensor<float>> a, b;
    std::vector<tensor<float>> c;
    std::vector<tensor<float, D>> on_a, on_b;
    std::vector<tensor<bfloat16, D>> on_c;
    for (const shape& s : model_shapes(40)) {
        a.push_back(numbers<float>(s, rng)), b.push_back(numbers<float>(s, rng)), c.push_back(numbers<bfloat16>(s, rng));
        on_a.push_back(on_device<D>(a.back())), on_b.push_back(on_device<D>(b.back())), on_c.push_back(sent<D, bfloat16>(c.back()));
    }
    for_each_element_of_all(move_both{-1}, places(a), constant(c), places(b));
    for_each_element_of_all(move_both{-1}, places(on_a), constant(on_c), places(on_b));
    for (std::size_t k = 0; k < a.size(); ++k) BOOST_TEST((same(fetched(on_a[k]), a[k]) && same(fetched(on_b[k]), b[k])), k);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(all_tensors_are_converted_as_each_of_them_would_be, T, element_types) {
    philox rng{3};
    for (const std::size_t count : {0, 1, 300}) {
        std::vector<tensor<float, D>> x;
        for (const shape& s : model_shapes(count)) x.push_back(on_device<D>(numbers<float>(s, rng)));
        D::started = 0;
        const auto y = all_converted<T>(constant(x));
        BOOST_TEST(D::started <= 1 + count / 100);
        BOOST_TEST_REQUIRE(y.size() == count);
        for (std::size_t k = 0; k < count; ++k) BOOST_TEST(same(fetched(y[k]), fetched(converted<T>(x[k]))), k);
    }
}

BOOST_AUTO_TEST_CASE(what_is_together_fits_a_kernels_arguments) {
    using body = for_each_body<move_both, float*, float*, float*, const float*>;
    static_assert(sizeof(multi_tensor_body<body>) <= 4096 && multi_tensor_body<body>::most >= 30);
    static_assert(std::is_trivially_copyable_v<multi_tensor_body<body>>);
}

BOOST_AUTO_TEST_CASE(lists_that_do_not_fit_are_told) {
    std::vector<tensor<float, D>> a{tensor<float, D>({2, 3})}, b{tensor<float, D>({3, 2})}, none;
    BOOST_TEST(message_of([&] { for_each_element_of_all(move_both{}, places(a), constant(b), places(a)); }).find("[2,3] and [3,2] differ") !=
               std::string::npos);
    BOOST_TEST(message_of([&] { for_each_element_of_all(move_both{}, places(a), constant(none), places(a)); }).find("1 and 0 tensors") !=
               std::string::npos);
}
