// SPDX-License-Identifier: Apache-2.0
/// \file  The peak signal-to-noise ratio.
#include <ncsn/statistics/psnr.hpp>
#include <support/check_every_mode.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(it_is_the_formula) {
    const reals x({3, 2, 2, 1}, {0, 0, 0, 0, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5}), y({3, 2, 2, 1}, {0.1, -0.1, 0.1, 0.1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.3});
    const auto found = psnr(x, y);
    BOOST_TEST(found[0] == 20, boost::test_tools::tolerance(1e-12));                  // a square of 0.01
    BOOST_TEST(std::isinf(found[1]));
    BOOST_TEST(found[2] == 20, boost::test_tools::tolerance(1e-12));                  // 0.04 in one of four pixels
    BOOST_TEST(psnr(255.0 * x, 255.0 * y, 255)[0] == 20, boost::test_tools::tolerance(1e-12));
    philox rng{1};                                                                    // noise of σ = 0.1: 20 dB, within five standard errors
    const reals clean({1, 100, 100, 1}, 0.5), noisy = clean + 0.1 * normal<reals>({1, 100, 100, 1}, rng);
    BOOST_TEST(std::abs(psnr(clean, noisy)[0] - 20) < 5 * 10 / std::log(10.) * std::sqrt(2 / 1e4));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_compared_is_refused) {
    const reals x({2, 4}), flat({8}), other({2, 3}), bad({2, 4}, std::nan(""));
    BOOST_CHECK_THROW(psnr(x, other), error);
    BOOST_CHECK_THROW(psnr(flat, flat), error);
    BOOST_CHECK_THROW(psnr(x, bad), error);
    BOOST_CHECK_THROW(psnr(x, reals({2, 4}, 1e200)), error);                          // whose squares are no numbers
    for (const double peak : {0.0, -1.0, std::nan("")}) BOOST_CHECK_THROW(psnr(x, x, peak), error);
    BOOST_TEST(psnr(reals({0, 4}), reals({0, 4})).empty());
}
