// SPDX-License-Identifier: Apache-2.0
/// \file  The Fréchet distance.
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

BOOST_AUTO_TEST_CASE(covariances_of_fewer_points_than_features_need_no_correction) {
    philox rng{3};
    const reals x = 3.0 * normal<reals>({20, 60}, rng);
    const moments a = moments_of(x);
    const double size = 60 * 9;                                                     // of the traces
    BOOST_TEST(frechet_distance(a, a) >= 0);
    BOOST_TEST(frechet_distance(a, a) < 1e-7 * size);                               // √ of the rounding of eigenvalues, which are of the size 9²
    moments moved{a.mean + 2.0, a.covariance}, wider{a.mean, 4.0 * a.covariance};
    BOOST_TEST(frechet_distance(a, moved) == 60 * 4.0, boost::test_tools::tolerance(1e-7));
    double trace = 0;
    for (std::size_t i = 0; i < 60; ++i) trace += a.covariance[i * 61];
    BOOST_TEST(frechet_distance(a, wider) == trace, boost::test_tools::tolerance(1e-7));           // Σ (2√l - √l)²
    BOOST_TEST(frechet_distance(wider, a) == trace, boost::test_tools::tolerance(1e-7));
    const moments point{a.mean, reals({60, 60})};                                   // all in one place
    BOOST_TEST(frechet_distance(point, a) == trace, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(frechet_distance(a, point) == trace, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(frechet_distance(point, point) == 0);
}

BOOST_AUTO_TEST_CASE(squares_that_are_no_numbers_are_no_distance) {
    const moments near{reals({1}, {0}), reals({1, 1}, {1})}, far{reals({1}, {1e200}), reals({1, 1}, {1})},
        wide{reals({1}, {0}), reals({1, 1}, {1e308})};
    BOOST_CHECK_THROW(frechet_distance(near, far), error);
    BOOST_CHECK_THROW(frechet_distance(wide, wide), error);
}

BOOST_AUTO_TEST_CASE(it_is_never_negative) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        philox rng{seed};
        const auto a = moments_of(normal<reals>({3 + seed, 12}, rng));
        BOOST_TEST(frechet_distance(a, a) >= 0);
    }
}
