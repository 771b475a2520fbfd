// SPDX-License-Identifier: Apache-2.0
/// \file  Time steps as waves.
#include <ncsn/layers/timestep_embedding.hpp>
#include <support/check_every_mode.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(frequencies_fall_from_1_to_a_ten_thousandth_sines_first) {
    const std::vector<double> t{0, 1, 7};
    const reals y = timestep_embedding<reals>(std::span<const double>{t}, 6);
    BOOST_TEST_REQUIRE(y.shape() == (shape{3, 6}));
    const double omega[] = {1, 0.01, 0.0001};
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t k = 0; k < 3; ++k) {
            BOOST_TEST(std::abs(y[i * 6 + k] - std::sin(t[i] * omega[k])) < 1e-15);
            BOOST_TEST(std::abs(y[i * 6 + 3 + k] - std::cos(t[i] * omega[k])) < 1e-15);
        }
}

BOOST_AUTO_TEST_CASE(an_odd_width_ends_in_zero_and_a_tiny_one_is_refused) {
    const std::vector<double> t{3};
    const reals y = timestep_embedding<reals>(std::span<const double>{t}, 7);
    BOOST_TEST(y.size() == 7u);
    BOOST_TEST(y[6] == 0);
    BOOST_CHECK_THROW(timestep_embedding<reals>(std::span<const double>{t}, 3), error);
}
