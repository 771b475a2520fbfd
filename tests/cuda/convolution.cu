// SPDX-License-Identifier: Apache-2.0
/// \file  Convolutions three ways, by cuDNN and by gathering, and products of matrices on the GPU beside the CPU's.
#include <ncsn/arrays/convolution.hpp>
#include <ncsn/arrays/matmul.hpp>

#include <support/kernels.hpp>
#include <support/on_gpu.hpp>
#include <support/squared_error.hpp>

using namespace ncsn;
using D = cuda;

namespace {

struct convolution_case {
    shape x, w;
    conv_window window;
};
#if defined(__CUDACC__)
constexpr std::size_t images = 8;
#else
constexpr std::size_t images = 1;                                                       // the host that imitates a GPU takes its time
#endif
std::vector<convolution_case> convolutions() {
    std::vector<convolution_case> all{{{3, 1, 1, 8}, {8, 1, 1, 8}, {1, 0, 1}},      {{1, 7, 9, 33}, {7, 3, 3, 33}, {2, 1, 1}},
                                      {{2, 8, 8, 16}, {24, 2, 2, 16}, {2, 0, 1}},   {{2, 9, 6, 8}, {16, 3, 3, 8}, {3, 2, 1}},
                                      {{2 * images, 32, 32, 3}, {128, 3, 3, 3}, {1, 1, 1}},
                                      {{2 * images, 32, 32, 128}, {3, 3, 3, 128}, {1, 1, 1}},
                                      {{images, 16, 16, 128}, {256, 1, 1, 128}, {1, 0, 1}}};
    for (const std::size_t channels : {1, 3, 7, 8, 16, 64})
        for (const std::size_t dilation : {1, 2, 4}) all.push_back({{2, 11, 9, channels}, {32, 3, 3, channels}, {1, dilation, dilation}});
    for (const std::size_t dilation : {1, 2, 4}) all.push_back({{images, 8, 8, 256}, {256, 3, 3, 256}, {1, dilation, dilation}});
    return all;
}

/// What rounding may make of a sum of so many terms, as squared error over square: each of n additions rounds by at most u = 2^-24 of a partial sum
/// whose square grows evenly, n u²/2 in all, on the device and on the CPU. Never less than the bound of a short sum.
double bound_of(double bound, std::size_t terms) { return std::max(bound, static_cast<double>(terms) * 0x1p-48); }

/// Three ways of every case by the library and by gathering.
template <class T> void compare_convolutions(double bound, bool gathered) {
    philox rng{1};
    for (const auto& [xs, ws, c] : convolutions()) {
        const shape ys = convolved(xs, ws, c);
        if (gathered && ys.size() / ws[0] * ws.size() > images * 8'000'000) continue;      // products, of which a thread takes each alone
        const auto x = numbers<T>(xs, rng), w = numbers<T>(ws, rng), y = numbers<T>(ys, rng);
        const auto b = numbers<T>({ws[0]}, rng), bi = numbers<T>({ws[3]}, rng);
        const auto on_x = sent<D, T>(x), on_w = sent<D, T>(w), on_y = sent<D, T>(y), on_b = sent<D, T>(b), on_bi = sent<D, T>(bi);
        BOOST_TEST_CONTEXT(xs << " under " << ws << " stride " << c.stride << " padding " << c.padding << " dilation " << c.dilation) {
            const auto check_close = [&](std::size_t terms, const tensor<T, D>& found, const reference<T>& expected) {
                BOOST_TEST(squared_error(fetched(found), expected) <= bound_of(bound, terms), terms << " terms");
            };
            const std::size_t forward = ws[1] * ws[2] * ws[3], back = ws[1] * ws[2] * ws[0], positions = ys[0] * ys[1] * ys[2];
            if (gathered) {
                check_close(forward, gathered_convolve(on_x, on_w, on_b, c), convolve(x, w, b, c));
                check_close(back, gathered_input_gradient(on_y, on_w, xs, c, on_bi), convolve_input_gradient(y, w, xs, c, bi));
                check_close(positions, gathered_filter_gradient(on_y, on_x, ws, c), convolve_filter_gradient(y, x, ws, c));
            } else {
                check_close(forward, convolve(on_x, on_w, {}, c), convolve(x, w, {}, c));
                check_close(forward, convolve(on_x, on_w, on_b, c), convolve(x, w, b, c));
                check_close(back, convolve_input_gradient(on_y, on_w, xs, c), convolve_input_gradient(y, w, xs, c));
                check_close(back, convolve_input_gradient(on_y, on_w, xs, c, on_bi), convolve_input_gradient(y, w, xs, c, bi));
                const auto filter = convolve_filter_gradient(on_y, on_x, ws, c);
                check_close(positions, filter, convolve_filter_gradient(y, x, ws, c));
                BOOST_TEST(same(fetched(filter), fetched(convolve_filter_gradient(on_y, on_x, ws, c))));        // repeats bit for bit
                check_close(positions, convolve_bias_gradient(on_y), convolve_bias_gradient(y));
            }
        }
    }
}

template <class T> void compare_products(double bound) {
    philox rng{2};
    const std::vector<std::array<std::size_t, 3>> extents{{1, 1, 1},   {5, 3, 7},       {8, 16, 8},    {33, 1, 9},
                                                          {1, 65, 40}, {128, 256, 100}, {513, 64, 1000}};
    for (const auto& [m, n, k] : extents)
        for (const transposed which : {transposed::neither, transposed::left, transposed::right}) {
            const shape as = which == transposed::left ? shape{k, m} : shape{m, k}, bs = which == transposed::right ? shape{n, k} : shape{k, n};
            const auto a = numbers<T>(as, rng), b = numbers<T>(bs, rng);
            BOOST_TEST(squared_error(fetched(product(sent<D, T>(a), sent<D, T>(b), which)), product(a, b, which)) <= bound, as << " by " << bs);
            const shape ab{3, as[0], as[1]}, bb{3, bs[0], bs[1]};
            const auto a3 = numbers<T>(ab, rng), b3 = numbers<T>(bb, rng);
            BOOST_TEST(squared_error(fetched(batched_product(sent<D, T>(a3), sent<D, T>(b3), which)), batched_product(a3, b3, which)) <= bound,
                       ab << " by " << bb);
        }
    const auto x = numbers<T>({2, 3, 5}, rng), w = numbers<T>({4, 5}, rng);             // more than two axes count as rows
    BOOST_TEST(squared_error(fetched(product(sent<D, T>(x), sent<D, T>(w), transposed::right)), product(x, w, transposed::right)) <= bound);
    BOOST_TEST(same(fetched(product(tensor<T, D>({3, 0}), tensor<T, D>({0, 2}), transposed::neither)), reference<T>({3, 2})));
    BOOST_TEST(product(tensor<T, D>({0, 4}), tensor<T, D>({4, 2}), transposed::neither).shape() == (shape{0, 2}));
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(convolutions_three_ways, T, element_types) { compare_convolutions<T>(allowed<T>, false); }
BOOST_AUTO_TEST_CASE_TEMPLATE(gathered_convolutions_three_ways, T, element_types) { compare_convolutions<T>(allowed<T>, true); }
BOOST_AUTO_TEST_CASE(convolutions_and_products_in_tf32) {
    cuda::math = cuda::precision::tf32;
    compare_convolutions<float>(allowed_tf32, false);
    compare_products<float>(allowed_tf32);
    cuda::math = cuda::precision::fp32;
}
/// Only timing runs anything while a plan is made: what stands in y afterwards tells whether it did.
BOOST_AUTO_TEST_CASE(a_convolution_is_timed_once_and_its_plan_kept) {
    philox rng{4};
    const shape xs{8, 16, 16, 64}, ws{48, 3, 3, 64}, ys{8, 16, 16, 48};                 // no other test has planned it
    const conv_window c{1, 1, 1};
    const auto x = numbers<float>(xs, rng), w = numbers<float>(ws, rng), expected = convolve(x, w, {}, c);
    const auto on_x = on_device<D>(x), on_w = on_device<D>(w);
    const convolution_task task{convolution_way::forward, cudnn_type<float>, false, xs, ws, ys, c};
    tensor<float, D> y(ys);
    const convolution_operands operands{on_x.data(), on_w.data(), y.write(), nullptr};
    std::string reason;
    BOOST_TEST_REQUIRE((convolution_plan::make(task, operands, reason) != nullptr), reason);
    BOOST_TEST(same(on_device<cpu>(y), tensor<float>(ys)));

    cuda::tune = true;
    const planned_convolution& made = planned_convolution::get(task, operands);
    BOOST_TEST_REQUIRE((made.plan != nullptr), made.reason);
    BOOST_TEST(squared_error(on_device<cpu>(y), expected) <= 1e-7);                     // of the last engine that was timed
    D::fill(y.write(), ys.size(), 0.0f);
    BOOST_TEST(&planned_convolution::get(task, operands) == &made);
    BOOST_TEST(same(on_device<cpu>(y), tensor<float>(ys)));
    made.plan->run(operands);
    BOOST_TEST(squared_error(on_device<cpu>(y), expected) <= allowed<float>);
    cuda::tune = false;
}
BOOST_AUTO_TEST_CASE_TEMPLATE(products, T, element_types) { compare_products<T>(allowed<T>); }
