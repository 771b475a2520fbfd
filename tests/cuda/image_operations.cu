// SPDX-License-Identifier: Apache-2.0
/// \file  Norms, pools and resizing on the GPU beside the CPU's, with their transposes.
#include <ncsn/arrays/normalization.hpp>
#include <ncsn/arrays/resampling.hpp>

#include <support/kernels.hpp>
#include <support/on_gpu.hpp>
#include <support/squared_error.hpp>

using namespace ncsn;
using D = cuda;

BOOST_AUTO_TEST_CASE_TEMPLATE(instance_norms_and_their_adjoints, T, element_types) {
    philox rng{3};
    const double bound = sizeof(T) == 2 ? 1e-4 : sizeof(T) == 4 ? 1e-9 : 1e-22;         // 1/σ lifts rounding
    const std::vector<shape> shapes{{3, 2, 3, 1}, {2, 5, 7, 3}, {2, 9, 8, 7}, {3, 8, 8, 8}, {2, 1, 9, 33}, {5, 32, 32, 64}, {2, 16, 16, 256}};
    for (const shape& xs : shapes)
        for (const shape& ps : {shape{xs[0], xs[3]}, shape{1, xs[3]}, shape{xs[3]}})
            for (const bool elu : {false, true}) {
                const auto x = numbers<T>(xs, rng), u = numbers<T>(xs, rng);
                const auto gamma = numbers<T>(ps, rng), alpha = numbers<T>(ps, rng), beta = numbers<T>(ps, rng);
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
