// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the distributions in the plane: each obeys the law that defines it.
#include <ncsn/data/planar.hpp>

#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>

#include <limits>
#include <map>

using namespace ncsn;
using array = tensor<float, cpu>;
using every = boost::mpl::list<swiss_roll<array>, gaussian_grid<array>, gaussian_ring<array>, ring<array>, checkerboard<array>>;

BOOST_AUTO_TEST_CASE_TEMPLATE(a_sample_depends_on_its_number_alone, D, every) {
    philox whole{3}, part = philox{3}.at_sample(60);
    const array x = D{}.sample(100, whole), y = D{}.sample(40, part);
    BOOST_TEST(x.shape() == (shape{100, 2}));
    BOOST_TEST(std::ranges::equal(x.values().subspan(120), y.values()));
    BOOST_TEST(whole.draw == 1u);
    BOOST_TEST(D{}.sample(1, whole)[0] != x[0]);
}

BOOST_AUTO_TEST_CASE(without_noise_the_roll_is_a_spiral_of_radius_t) {
    philox rng{1};
    const array x = swiss_roll<array>{.noise = 0, .scale = 1}.sample(4000, rng);
    const double pi = 3.14159265358979;
    double lowest = 100, highest = 0, sum = 0;
    for (std::size_t i = 0; i < 4000; ++i) {
        const double t = std::hypot(x[2 * i], x[2 * i + 1]);
        BOOST_TEST(std::abs(x[2 * i] - t * std::cos(t)) < 1e-4);                    // float: t up to 14, angle to 1e-6
        BOOST_TEST(std::abs(x[2 * i + 1] - t * std::sin(t)) < 1e-4);
        lowest = std::min(lowest, t);
        highest = std::max(highest, t);
        sum += t;
    }
    BOOST_TEST((lowest >= 1.5 * pi - 1e-5 && highest <= 4.5 * pi + 1e-5));
    BOOST_TEST((lowest < 1.5 * pi + 0.02 && highest > 4.5 * pi - 0.02));            // a gap of 0.02 has probability e^-8.5
    BOOST_TEST(std::abs(sum / 4000 - 3 * pi) < 5 * 3 * pi / std::sqrt(12 * 4000.));  // 5 standard errors
}

BOOST_AUTO_TEST_CASE(the_roll_has_the_papers_noise_and_scale) {
    philox rng{1}, again{1};
    const array clean = swiss_roll<array>{.noise = 0}.sample(8000, rng), noisy = swiss_roll<array>{}.sample(8000, again);
    double sum = 0, square = 0, product = 0;
    for (std::size_t i = 0; i < 16'000; i += 2) {
        const double z1 = 7.5 * (noisy[i] - clean[i]), z2 = 7.5 * (noisy[i + 1] - clean[i + 1]);
        sum += z1 + z2;
        square += z1 * z1 + z2 * z2;
        product += z1 * z2;
    }
    BOOST_TEST(std::abs(product / 8000) < 5 * 0.0625 / std::sqrt(8000.));           // independent
    BOOST_TEST(std::abs(sum / 16'000) < 5 * 0.25 / std::sqrt(16'000.));
    BOOST_TEST(std::abs(square / 16'000 / 0.0625 - 1) < 5 * std::sqrt(2 / 16'000.));  // variance of a variance; 5 standard errors
}

BOOST_AUTO_TEST_CASE(the_grid_has_25_equal_gaussians_of_the_papers_width) {
    philox rng{2};
    constexpr std::size_t n = 25'000;
    const array x = gaussian_grid<array>{}.sample(n, rng);
    std::map<std::pair<int, int>, int> count;
    double square = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const double u = 2.828 * x[2 * i], v = 2.828 * x[2 * i + 1], a = std::round(u / 2), b = std::round(v / 2);
        ++count[{static_cast<int>(a), static_cast<int>(b)}];
        square += (u - 2 * a) * (u - 2 * a) + (v - 2 * b) * (v - 2 * b);
    }
    BOOST_TEST(count.size() == 25u);
    for (const auto& [at, times] : count) {
        BOOST_TEST((std::abs(at.first) <= 2 && std::abs(at.second) <= 2));
        BOOST_TEST(std::abs(times - 1000) < 160);                                   // 5 standard deviations of a binomial
    }
    BOOST_TEST(std::abs(square / (2 * n) / 0.0025 - 1) < 5 * std::sqrt(2. / (2 * n)));
}

BOOST_AUTO_TEST_CASE(eight_gaussians_lie_on_a_circle) {
    philox rng{4};
    const array x = gaussian_ring<array>{.scale = 1}.sample(8000, rng);
    int count[8] = {};
    for (std::size_t i = 0; i < 8000; ++i) {
        const double angle = std::atan2(x[2 * i + 1], x[2 * i]) / (2 * 3.14159265358979) * 8;
        const double nearest = std::round(angle);
        BOOST_TEST(std::abs(angle - nearest) < 0.1);                                // an arc of 0.157: 8 deviations
        BOOST_TEST(std::abs(std::hypot(x[2 * i], x[2 * i + 1]) - 2) < 0.15);
        ++count[(static_cast<int>(nearest) + 8) % 8];
    }
    for (const int times : count) BOOST_TEST(std::abs(times - 1000) < 150);
}

BOOST_AUTO_TEST_CASE(the_ring_has_its_radius_and_no_preferred_direction) {
    philox rng{5};
    const array x = ring<array>{.radius = 3, .deviation = 0.1}.sample(10'000, rng);
    double square = 0, first = 0;
    for (std::size_t i = 0; i < 10'000; ++i) {
        square += x[2 * i] * x[2 * i] + x[2 * i + 1] * x[2 * i + 1];
        first += x[2 * i];
    }
    BOOST_TEST(std::abs(square / 10'000 - (9 + 2 * 0.01)) < 5 * 2 * 3 * 0.1 / 100);  // E r² = R² + 2 σ²; its deviation is near 2 R σ
    BOOST_TEST(std::abs(first / 10'000) < 5 * 3 / std::sqrt(2.) / 100);
}

BOOST_AUTO_TEST_CASE(the_board_fills_its_dark_squares_evenly_and_no_others) {
    philox rng{6};
    const array x = checkerboard<array>{.squares = 4, .half_width = 2}.sample(8000, rng);
    int count[4][4] = {};
    for (std::size_t i = 0; i < 8000; ++i) {
        BOOST_TEST((x[2 * i] >= -2 && x[2 * i] <= 2 && x[2 * i + 1] >= -2 && x[2 * i + 1] <= 2));
        const int column = std::min(3, static_cast<int>(x[2 * i] + 2)), row = std::min(3, static_cast<int>(x[2 * i + 1] + 2));
        ++count[row][column];
    }
    for (int row = 0; row < 4; ++row) {
        for (int column = 0; column < 4; ++column) {
            if ((row + column) % 2 == 0) BOOST_TEST(std::abs(count[row][column] - 1000) < 150);
            else BOOST_TEST(count[row][column] <= 2);                               // rounding at an edge
        }
    }
    BOOST_CHECK_THROW(checkerboard<array>{.squares = 3}.sample(1, rng), error);
}

BOOST_AUTO_TEST_CASE(doubles_and_floats_see_the_same_points) {
    philox one{7}, two{7};
    const array x = swiss_roll<array>{}.sample(100, one);
    const auto y = swiss_roll<tensor<double, cpu>>{}.sample(100, two);
    for (std::size_t i = 0; i < 200; ++i) BOOST_TEST(std::abs(x[i] - y[i]) < 1e-5);  // float rounding of an angle up to 14 and a radius up to 2
}

BOOST_AUTO_TEST_CASE(what_cannot_be_drawn_is_refused) {
    using A = tensor<float, cpu>;
    philox rng{1};
    constexpr std::size_t many = std::size_t{1} << 17;
    for (const std::size_t side : {std::size_t{0}, many, ~std::size_t{0}}) {
        BOOST_CHECK_THROW((gaussian_grid<A>{.side = side}.sample(1, rng)), error);
        BOOST_CHECK_THROW((checkerboard<A>{.squares = side}.sample(1, rng)), error);
    }
    for (const std::size_t count : {std::size_t{0}, (std::size_t{1} << 32) + 1})
        BOOST_CHECK_THROW((gaussian_ring<A>{.count = count}.sample(1, rng)), error);
    BOOST_CHECK_THROW(ring<A>{}.sample(~std::size_t{0}, rng), error);
    for (const double wrong : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        BOOST_CHECK_THROW((swiss_roll<A>{.noise = wrong}.sample(1, rng)), error);
        BOOST_CHECK_THROW((swiss_roll<A>{.scale = wrong}.sample(1, rng)), error);
        BOOST_CHECK_THROW((gaussian_grid<A>{.spacing = wrong}.sample(1, rng)), error);
        BOOST_CHECK_THROW((gaussian_grid<A>{.deviation = wrong}.sample(1, rng)), error);
        BOOST_CHECK_THROW((gaussian_ring<A>{.radius = wrong}.sample(1, rng)), error);
        BOOST_CHECK_THROW((gaussian_ring<A>{.scale = wrong}.sample(1, rng)), error);
        BOOST_CHECK_THROW((ring<A>{.radius = wrong}.sample(1, rng)), error);
        BOOST_CHECK_THROW((ring<A>{.deviation = wrong}.sample(1, rng)), error);
        BOOST_CHECK_THROW((checkerboard<A>{.half_width = wrong}.sample(1, rng)), error);
    }
    BOOST_CHECK_THROW((ring<A>{.deviation = -0.1}.sample(1, rng)), error);
    BOOST_TEST(gaussian_grid<A>{.side = 1}.sample(3, rng).shape() == (shape{3, 2}));
    BOOST_TEST(gaussian_grid<A>{.side = 65'536}.sample(3, rng).shape() == (shape{3, 2}));
}
