// SPDX-License-Identifier: Apache-2.0
/// \file  Score and exponent of a mixture on a grid are the CPU's in double but for rounding, in a plane and in any other dimension.
#include <ncsn/arrays/mixture.hpp>

#include <support/emulated_device.hpp>
#include <support/files.hpp>
#include <support/kernels.hpp>

using namespace ncsn;
using D = emulated;

namespace {

/// The CPU sums the squares in T: in double it is the better judge.
template <class A> tensor<double> exact(const A& x) {
    const std::vector<double> wide(x.values().begin(), x.values().end());
    return {x.shape(), std::span<const double>{wide}};
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(score_and_exponent_are_the_cpus, T, element_types) {
    const double tolerance = sizeof(T) == 8 ? 1e-13 : sizeof(T) == 4 ? 1e-5 : 1.0 / 128;
    for_both_index_widths<D>([&] {
        for (const std::size_t n : {1, 5, 70})
            for (const std::size_t d : {1, 2, 3, 40, 1100})
                for (const std::size_t k : {1, 2, 7})
                    for (const bool shared : {true, false}) {
                        philox rng{n + 10 * d + 100 * k};
                        const auto x = numbers<T>({n, d}, rng), means = numbers<T>({k, d}, rng);
                        const auto weights = rounded<T>(uniform<reference<T>>({1, k}, -2, 0, rng));
                        const auto inverse = rounded<T>(uniform<reference<T>>({shared ? 1 : n, 1}, 0.5, 20.0 / static_cast<double>(d), rng));
                        const auto tx = sent<D, T>(x), tm = sent<D, T>(means), tw = sent<D, T>(weights), ti = sent<D, T>(inverse);
                        const auto dx = exact(x), dm = exact(means), dw = exact(weights), di = exact(inverse);
                        BOOST_TEST(distance(exact(fetched(mixture_score(tx, tm, tw, ti))), mixture_score(dx, dm, dw, di), 5) < tolerance,
                                   n << " points, " << d << " axes, " << k << " components");
                        BOOST_TEST(distance(exact(fetched(mixture_exponent(tx, tm, tw, ti))), mixture_exponent(dx, dm, dw, di), 5) < tolerance,
                                   n << " points, " << d << " axes, " << k << " components");
                    }
    });
}

BOOST_AUTO_TEST_CASE(where_the_squares_are_beyond_a_float_the_score_still_points_home) {
    for (const std::size_t d : {2, 3}) {
        const tensor<float> x({1, d}, 1e30f), means({2, d}, std::span<const float>{std::vector<float>{5, 5, 5, -5, -5, -5}.data(), 2 * d});
        const auto score = fetched(mixture_score(on_device<D>(x), on_device<D>(means), on_device<D>(tensor<float>({1, 2}, {-1, -2})),
                                                 on_device<D>(tensor<float>({1, 1}, {0.5f}))));
        for (const float value : score.values()) BOOST_TEST(value == -5e29f, boost::test_tools::tolerance(1e-5f));
    }
}

BOOST_AUTO_TEST_CASE(shapes_that_do_not_fit_are_told_as_on_the_cpu) {
    const tensor<double> x({5, 3}), means({3, 2}), weights({1, 3}), inverse({5, 1});
    BOOST_TEST(message_of([&] { mixture_score(on_device<D>(x), on_device<D>(means), on_device<D>(weights), on_device<D>(inverse)); }) ==
               message_of([&] { mixture_score(x, means, weights, inverse); }));
}
