// SPDX-License-Identifier: Apache-2.0
/// \file  The Fréchet distance.
#define BOOST_TEST_MODULE frechet
#include <ncsn/statistics/frechet.hpp>
#include <support/check_every_mode.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(commuting_covariances_differ_by_their_roots) {                    // |m|² + Σ (√a - √b)²
    const moments a{reals({3}, {1, 2, 3}), reals({3, 3}, {4, 0, 0, 0, 9, 0, 0, 0, 0})},
        b{reals({3}, {1, 0, 3}), reals({3, 3}, {1, 0, 0, 0, 1, 0, 0, 0, 16})};
    BOOST_TEST(frechet_distance(a, b) == 4 + 1 + 4 + 16.0, boost::test_tools::tolerance(1e-12));   // one covariance is singular
}

BOOST_AUTO_TEST_CASE(the_distance_is_symmetric_rotation_invariant_and_zero_to_itself) {
    philox rng{1};
    const reals x = normal<reals>({40, 2}, rng), y = 2.0 * normal<reals>({40, 2}, rng) + 1.0, turn({2, 2}, {0.6, -0.8, 0.8, 0.6});
    const auto a = moments_of(x), b = moments_of(y);
    const double d = frechet_distance(a, b);
    BOOST_TEST(d > 1);
    BOOST_TEST(frechet_distance(b, a) == d, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(std::abs(frechet_distance(a, a)) < 1e-12);
    const auto turned = [&](const reals& points) { return moments_of(product(points, turn, transposed::right)); };
    BOOST_TEST(frechet_distance(turned(x), turned(y)) == d, boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(moments_of_other_dimensions_are_refused) {
    const moments a{reals({1}, {0}), reals({1, 1}, {1})}, b{reals({2}, {0, 0}), reals({2, 2}, {1, 0, 0, 1})};
    BOOST_CHECK_THROW(frechet_distance(a, b), error);
    const moments narrow{reals({2}, {0, 0}), reals({1, 1}, {1})}, flat{reals({2}, {0, 0}), reals({4}, {1, 0, 0, 1})}, none{};
    for (const moments& wrong : {narrow, flat, none}) BOOST_CHECK_THROW(frechet_distance(wrong, wrong), error);
}

BOOST_AUTO_TEST_CASE(moments_that_do_not_belong_together_are_refused) {
    using reals = tensor<double, cpu>;
    const moments good{reals({2}), reals({2, 2}, {1, 0, 0, 1})}, flat{reals({2}), reals({4})}, small{reals({3}), reals({2, 2})};
    for (const moments& wrong : {flat, small, moments{reals({2}, {0, std::nan("")}), good.covariance}, moments{reals({0}), reals({0, 0})},
                                 moments{good.mean, reals({2, 2}, {1, 0, 0, std::nan("")})}})
        BOOST_CHECK_THROW(frechet_distance(wrong, wrong), error);
    BOOST_TEST(std::abs(frechet_distance(good, good)) < 1e-14);
}
