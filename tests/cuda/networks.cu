// SPDX-License-Identifier: Apache-2.0
/// \file  What networks are made of on the GPU beside the CPU's: convolutions three ways, products, norms, pools, resizing, and a whole gradient.
/// Without a GPU it is compiled and linked, and skipped.
#define BOOST_TEST_NO_MAIN
#define BOOST_TEST_MODULE cuda_networks
#include <ncsn/models/reduced_precision.hpp>
#include <ncsn/models/refinenet.hpp>
#include <ncsn/training/denoising.hpp>

#include <support/grid.hpp>
#include <support/on_gpu.hpp>

using namespace ncsn;
using D = cuda;

namespace {

/// |a - b|² / |b|².
template <class A> double squared_error(const A& a, const A& b) {
    BOOST_REQUIRE_EQUAL(a.shape(), b.shape());
    double difference = 0, square = 0;
    for (std::size_t i = 0; i < b.size(); ++i) {
        difference += (double(a[i]) - double(b[i])) * (double(a[i]) - double(b[i]));
        square += double(b[i]) * double(b[i]);
    }
    return square == 0 ? difference : difference / square;
}
/// Float sums in another order; bfloat16 rounds a result to 8 digits, a sum with a bias twice: (2^-9)² each, and as much for luck.
template <class T> inline constexpr double allowed = sizeof(T) == 8 ? 1e-24 : sizeof(T) == 4 ? 1e-11 : 3e-5;
/// TF32 rounds both factors of every product to 11 digits: 2 (2^-12)²/3, and as much for luck. Seen through a whole network it grows.
constexpr double allowed_tf32 = 1e-6;

struct convolution_case {
    shape x, w;
    conv_window window;
};
std::vector<convolution_case> convolutions() {
    std::vector<convolution_case> all{{{3, 1, 1, 8}, {8, 1, 1, 8}, {1, 0, 1}},      {{1, 7, 9, 33}, {7, 3, 3, 33}, {2, 1, 1}},
                                      {{2, 8, 8, 16}, {24, 2, 2, 16}, {2, 0, 1}},   {{2, 9, 6, 8}, {16, 3, 3, 8}, {3, 2, 1}},
                                      {{16, 32, 32, 3}, {128, 3, 3, 3}, {1, 1, 1}}, {{16, 32, 32, 128}, {3, 3, 3, 128}, {1, 1, 1}},
                                      {{8, 16, 16, 128}, {256, 1, 1, 128}, {1, 0, 1}}};
    for (const std::size_t channels : {1, 3, 7, 8, 16, 64})
        for (const std::size_t dilation : {1, 2, 4}) all.push_back({{2, 11, 9, channels}, {32, 3, 3, channels}, {1, dilation, dilation}});
    for (const std::size_t dilation : {1, 2, 4}) all.push_back({{8, 8, 8, 256}, {256, 3, 3, 256}, {1, dilation, dilation}});
    return all;
}

/// Three ways of every case by the library and by gathering.
template <class T> void compare_convolutions(double bound, bool gathered) {
    philox rng{1};
    for (const auto& [xs, ws, c] : convolutions()) {
        if (gathered && xs.size() > 100000) continue;
        const shape ys = convolved(xs, ws, c);
        const auto x = numbers<T>(xs, rng), w = numbers<T>(ws, rng), y = numbers<T>(ys, rng), b = numbers<T>({ws[0]}, rng), bi = numbers<T>({ws[3]}, rng);
        const auto on_x = sent<D, T>(x), on_w = sent<D, T>(w), on_y = sent<D, T>(y), on_b = sent<D, T>(b), on_bi = sent<D, T>(bi);
        BOOST_TEST_CONTEXT(xs << " under " << ws << " stride " << c.stride << " padding " << c.padding << " dilation " << c.dilation) {
            const auto check_close = [&](const tensor<T, D>& found, const reference<T>& expected) {
                BOOST_TEST(squared_error(fetched(found), expected) <= bound);
            };
            if (gathered) {
                check_close(gathered_convolve(on_x, on_w, on_b, c), convolve(x, w, b, c));
                check_close(gathered_input_gradient(on_y, on_w, xs, c, on_bi), convolve_input_gradient(y, w, xs, c, bi));
                check_close(gathered_filter_gradient(on_y, on_x, ws, c), convolve_filter_gradient(y, x, ws, c));
            } else {
                check_close(convolve(on_x, on_w, {}, c), convolve(x, w, {}, c));
                check_close(convolve(on_x, on_w, on_b, c), convolve(x, w, b, c));
                check_close(convolve_input_gradient(on_y, on_w, xs, c), convolve_input_gradient(y, w, xs, c));
                check_close(convolve_input_gradient(on_y, on_w, xs, c, on_bi), convolve_input_gradient(y, w, xs, c, bi));
                const auto filter = convolve_filter_gradient(on_y, on_x, ws, c);
                check_close(filter, convolve_filter_gradient(y, x, ws, c));
                BOOST_TEST(same(fetched(filter), fetched(convolve_filter_gradient(on_y, on_x, ws, c))));        // repeats bit for bit
                check_close(convolve_bias_gradient(on_y), convolve_bias_gradient(y));
            }
        }
    }
}

template <class T> void compare_products(double bound) {
    philox rng{2};
    for (const auto& [m, n, k] : {std::array<std::size_t, 3>{1, 1, 1}, {5, 3, 7}, {8, 16, 8}, {33, 1, 9}, {1, 65, 40}, {128, 256, 100}, {513, 64, 1000}})
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

/// The gradient of a RefineNet under denoising score matching, all of it, in a row.
template <class A> tensor<float> network_gradient(bool reduced) {
    philox rng{1};
    const refinenet<A> network{{.channels = 3, .features = 16, .levels = 3}, rng};
    const A x = uniform<A>({4, 16, 16, 3}, 0, 1, rng);
    const denoising_score_matching objective{std::array{1.0, 0.3, 0.1}};
    std::vector<float> row;
    const auto collect = [&row](const auto& p) {
        const auto here = on_device<cpu>(p);
        row.insert(row.end(), here.values().begin(), here.values().end());
    };
    if constexpr (std::is_same_v<typename A::device_type, cuda>) {
        if (reduced) {
            const auto result = value_and_grad(objective, reduced_precision<bfloat16, refinenet<A>>{network}, x, rng);
            for_each_leaf(collect, result.gradient);
            return {{row.size()}, std::span<const float>{row}};
        }
    }
    const auto result = value_and_grad(objective, network, x, rng);
    for_each_leaf(collect, result.gradient);
    return {{row.size()}, std::span<const float>{row}};
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
BOOST_AUTO_TEST_CASE(timed_convolutions) {
    cuda::tune = true;
    cuda::repeatable = true;
    philox rng{4};
    const auto x = numbers<float>({8, 16, 16, 64}, rng), w = numbers<float>({64, 3, 3, 64}, rng), b = numbers<float>({64}, rng);
    const conv_window c{1, 1, 1};
    BOOST_TEST(squared_error(on_device<cpu>(convolve(on_device<D>(x), on_device<D>(w), on_device<D>(b), c)), convolve(x, w, b, c)) <= allowed<float>);
    cuda::tune = false;
}
BOOST_AUTO_TEST_CASE_TEMPLATE(products, T, element_types) { compare_products<T>(allowed<T>); }

BOOST_AUTO_TEST_CASE_TEMPLATE(instance_norms_and_their_adjoints, T, element_types) {
    philox rng{3};
    const double bound = sizeof(T) == 2 ? 1e-4 : sizeof(T) == 4 ? 1e-9 : 1e-22;         // 1/σ lifts rounding
    for (const shape& xs : {shape{3, 2, 3, 1}, shape{2, 5, 7, 3}, shape{2, 9, 8, 7}, shape{3, 8, 8, 8}, shape{2, 1, 9, 33}, shape{5, 32, 32, 64}, shape{2, 16, 16, 256}})
        for (const shape& ps : {shape{xs[0], xs[3]}, shape{1, xs[3]}, shape{xs[3]}})
            for (const bool elu : {false, true}) {
                const auto x = numbers<T>(xs, rng), gamma = numbers<T>(ps, rng), alpha = numbers<T>(ps, rng), beta = numbers<T>(ps, rng), u = numbers<T>(xs, rng);
                instance_norm_plus_saved<reference<T>> kept;
                const auto y = instance_norm_plus_forward(x, gamma, alpha, beta, elu, kept);
                const auto a = instance_norm_plus_backward(u, x, y, gamma, alpha, beta, elu, kept);
                const auto on_x = sent<D, T>(x), g = sent<D, T>(gamma), al = sent<D, T>(alpha), be = sent<D, T>(beta);
                instance_norm_plus_saved<tensor<T, D>> saved;
                const auto on_y = instance_norm_plus_forward(on_x, g, al, be, elu, saved);
                const auto found = instance_norm_plus_backward(sent<D, T>(u), on_x, on_y, g, al, be, elu, saved);
                BOOST_TEST_CONTEXT(xs << " parameters " << ps << " elu " << elu) {
                    BOOST_TEST(squared_error(fetched(on_y), y) <= bound);
                    BOOST_TEST(squared_error(fetched(found.x), a.x) <= 4 * bound);
                    BOOST_TEST(squared_error(fetched(found.gamma), a.gamma) <= bound);
                    BOOST_TEST(squared_error(fetched(found.alpha), a.alpha) <= 4 * bound);
                    BOOST_TEST(squared_error(fetched(found.beta), a.beta) <= bound);
                }
            }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(pools_and_their_transposes, T, element_types) {
    philox rng{5};
    for (const shape& xs : {shape{2, 5, 4, 1}, shape{3, 9, 6, 3}, shape{2, 8, 8, 8}, shape{2, 7, 9, 33}, shape{16, 32, 32, 64}})
        for (const pool_window p : {pool_window{5, 1, 2}, {2, 2, 0}, {3, 2, 1}, {2, 3, 0}}) {
            const shape ys = pooled(xs, p);
            const auto x = numbers<T>(xs, rng), y = numbers<T>(ys, rng);
            const auto on_x = sent<D, T>(x), on_y = sent<D, T>(y);
            BOOST_TEST_CONTEXT(xs << " size " << p.size << " stride " << p.stride << " padding " << p.padding) {
                BOOST_TEST(squared_error(fetched(average_pool(on_x, p)), average_pool(x, p)) <= allowed<T>);
                BOOST_TEST(squared_error(fetched(average_pool_transpose(on_y, xs, p)), average_pool_transpose(y, xs, p)) <= allowed<T>);
                const auto choice = max_pool_index(on_x, p);
                const auto expected = max_pool_index(x, p);
                BOOST_TEST(std::ranges::equal(on_device<cpu>(choice.index).values(), expected.index.values()));
                BOOST_TEST(same(fetched(gather(on_x, choice, ys)), gather(x, expected, ys)));
                BOOST_TEST(squared_error(fetched(scatter_add(on_y, choice, xs)), scatter_add(y, expected, xs)) <= allowed<T>);
            }
        }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(resizing_and_its_transposes, T, element_types) {
    philox rng{6};
    for (const std::size_t channels : {1, 3, 8, 33, 64})
        for (const auto& [from, to] : {std::pair<std::size_t, std::size_t>{1, 4}, {4, 1}, {4, 8}, {7, 9}, {9, 3}, {8, 32}}) {
            const shape xs{3, from, from + 1, channels}, ys{3, to, to + 2, channels}, tripled{3, 3 * from, 3 * (from + 1), channels};
            const auto x = numbers<T>(xs, rng), y = numbers<T>(ys, rng), z = numbers<T>(tripled, rng);
            BOOST_TEST(squared_error(fetched(resize_bilinear(sent<D, T>(x), to, to + 2)), resize_bilinear(x, to, to + 2)) <= allowed<T>);
            BOOST_TEST(squared_error(fetched(resize_bilinear_transpose(sent<D, T>(y), xs)), resize_bilinear_transpose(y, xs)) <= allowed<T>);
            BOOST_TEST(same(fetched(resize_nearest(sent<D, T>(x), 3)), resize_nearest(x, 3)));
            BOOST_TEST(squared_error(fetched(resize_nearest_transpose(sent<D, T>(z), 3)), resize_nearest_transpose(z, 3)) <= allowed<T>);
        }
}

BOOST_AUTO_TEST_CASE(the_gradient_of_a_refinenet) {
    const auto expected = network_gradient<tensor<float>>(false);
    const auto found = network_gradient<tensor<float, D>>(false);
    BOOST_TEST(squared_error(found, expected) <= 1e-7);
    BOOST_TEST(same(found, network_gradient<tensor<float, D>>(false)));                 // repeats bit for bit
    cuda::math = cuda::precision::tf32;
    BOOST_TEST(squared_error(network_gradient<tensor<float, D>>(false), expected) <= 1e-3);
    cuda::math = cuda::precision::fp32;
    BOOST_TEST(squared_error(network_gradient<tensor<float, D>>(true), expected) <= 2e-2);                // activations of 8 digits, some twenty layers deep
}
