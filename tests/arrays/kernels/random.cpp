// SPDX-License-Identifier: Apache-2.0
/// \file  Random numbers of a grid have the bits of the CPU's at every position of every draw; a counter on the device moves on to later draws.
#include <ncsn/arrays/random.hpp>

#include <support/emulated_device.hpp>
#include <support/files.hpp>
#include <support/kernels.hpp>

using namespace ncsn;
using D = emulated;

namespace {

const std::vector<shape> shapes{{1}, {3}, {4}, {5}, {7, 1}, {6, 3}, {5, 4}, {3, 48}, {1, 1001}, {0, 3}, {2, 0}};
const std::vector<std::uint64_t> first_samples{0, 1, 2, 3, 5, 1000003, std::uint64_t{1} << 40};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(normal_and_uniform_numbers_are_the_cpus, T, element_types) {
    for_both_index_widths<D>([] {
        for (const shape& s : shapes)
            for (const std::uint64_t first : first_samples) {
                philox here = philox{7, 3}.at_sample(first), there = here;
                const auto z = normal<reference<T>>(s, here), u = uniform<reference<T>>(s, -3, 5, here);
                BOOST_TEST(same(fetched(normal<tensor<T, D>>(s, there)), rounded<T>(z)), s << " from sample " << first);
                BOOST_TEST(same(fetched(uniform<tensor<T, D>>(s, -3, 5, there)), rounded<T>(u)), s << " from sample " << first);
                BOOST_TEST((here == there));
            }
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_step_of_euler_and_maruyama_is_the_cpus, T, element_types) {
    for (const shape& s : shapes)
        for (const std::uint64_t first : first_samples) {
            philox rng{8};
            const auto x = numbers<T>(s, rng), drift = numbers<T>(s, rng);
            philox here = rng.at_sample(first), there = here;
            const auto y = euler_maruyama(x, 0.3, drift, 0.7, here);
            BOOST_TEST(distance(fetched(euler_maruyama(sent<D, T>(x), 0.3, sent<D, T>(drift), 0.7, there)), y) < rounding<T>, s << " from " << first);
            BOOST_TEST((here == there));
        }
}

BOOST_AUTO_TEST_CASE(a_counter_on_the_device_moves_on_to_later_draws) {
    const std::uint32_t five = 5;
    philox rng{9};
    const tensor<float> x({3, 5}, 1), drift({3, 5}, 2);
    D::state().draws = &five;
    const auto noise = fetched(normal<tensor<float, D>>({3, 5}, rng));
    const auto step = fetched(euler_maruyama(on_device<D>(x), 0.3, on_device<D>(drift), 0.7, rng));
    D::state().draws = nullptr;
    BOOST_TEST(rng.draw == 2u);                                                       // the host counts what was asked for
    philox later{9};
    later.draw = five;
    BOOST_TEST(same(noise, normal<tensor<float>>({3, 5}, later)));
    BOOST_TEST(distance(step, euler_maruyama(x, 0.3, drift, 0.7, later)) < rounding<float>);
}

BOOST_AUTO_TEST_CASE(a_step_with_other_noise_and_a_wrong_drift) {
    philox rng{10};
    const tensor<float> a({2, 3}), b({3, 2});
    BOOST_TEST(message_of([&] { euler_maruyama(on_device<D>(a), 0.1, on_device<D>(b), 0.1, rng); }) ==
               message_of([&] { euler_maruyama(a, 0.1, b, 0.1, rng); }));
}
