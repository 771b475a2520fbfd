// SPDX-License-Identifier: Apache-2.0
/// \file  The bootstrap.
#include <ncsn/statistics/bootstrap.hpp>
#include <ncsn/statistics/frechet.hpp>
#include <support/check_every_mode.hpp>

#include <omp.h>

using namespace ncsn;

namespace {
double difference_of_means(const reals& x, const reals& y) { return sum(x)[0] / double(x.size()) - sum(y)[0] / double(y.size()); }
}  // namespace

BOOST_AUTO_TEST_CASE(the_deviation_of_a_difference_of_means_is_known) {               // √(s²/n + t²/m), s and t of the drawn numbers
    philox rng{1};
    const reals x = 2.0 * normal<reals>({400, 1}, rng) + 1.0, y = normal<reals>({100, 1}, rng);
    const auto spread = [](const reals& v) {
        const reals c = v - sum(v)[0] / double(v.size());
        return sum(c * c)[0] / double(v.size() * v.size());
    };
    const auto found = bootstrap(x, y, difference_of_means, philox{2}, {.resamples = 4000});
    BOOST_TEST(found.value == difference_of_means(x, y));
    BOOST_TEST(std::abs(found.bias) < 5 * found.deviation / std::sqrt(4000.));         // a mean has none
    const double expected = std::sqrt(spread(x) + spread(y));
    BOOST_TEST(found.deviation == expected, boost::test_tools::tolerance(5 / std::sqrt(2 * 4000.)));                     // five standard errors
    BOOST_TEST(std::abs(found.lower - (found.value - 1.96 * expected)) < 0.2 * expected);
    BOOST_TEST(std::abs(found.upper - (found.value + 1.96 * expected)) < 0.2 * expected);
}

BOOST_AUTO_TEST_CASE(its_interval_contains_the_distance_of_two_gaussians_as_often_as_it_says) {
    // N(0, 1) and N(1, 1): (1 - 0)² + (1 - 1)² = 1. Of 200 pairs of sets 95 % should contain it; 90 % is three standard errors less.
    std::size_t inside = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        philox rng{seed};
        const reals x = normal<reals>({100, 1}, rng), y = normal<reals>({100, 1}, rng) + 1.0;
        const auto found = bootstrap(x, y, [](const reals& a, const reals& b) { return frechet_distance(moments_of(a), moments_of(b)); },
                                     philox{seed, 1}, {.resamples = 200});
        inside += found.lower <= 1 && 1 <= found.upper;
    }
    BOOST_TEST(inside >= 180u);
}

BOOST_AUTO_TEST_CASE(one_generator_gives_one_interval_on_any_number_of_threads) {
    philox rng{1};
    const reals x = normal<reals>({50, 1}, rng), y = normal<reals>({60, 1}, rng);
    const int outside = omp_get_max_threads();
    std::vector<bootstrap_interval> found;
    for (const int threads : {1, 3}) {
        omp_set_num_threads(threads);
        found.push_back(bootstrap(x, y, difference_of_means, philox{7}));
    }
    omp_set_num_threads(outside);
    BOOST_TEST((found[0].lower == found[1].lower && found[0].upper == found[1].upper && found[0].deviation == found[1].deviation));
    BOOST_TEST(bootstrap(x, y, difference_of_means, philox{8}).deviation != found[0].deviation);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_drawn_again_is_refused) {
    const reals x({3, 1}), none({0, 1});
    BOOST_CHECK_THROW(bootstrap(x, none, difference_of_means, philox{1}), error);
    BOOST_CHECK_THROW(bootstrap(x, x, difference_of_means, philox{1}, {.resamples = 1}), error);
    BOOST_CHECK_THROW(bootstrap(x, x, difference_of_means, philox{1}, {.level = 1}), error);
    BOOST_CHECK_THROW(bootstrap(x, x, difference_of_means, philox{1}, {.level = std::nan("")}), error);
    const auto ratio = [](const reals& a, const reals& b) { return sum(a)[0] / sum(b)[0]; };   // 0/0
    BOOST_CHECK_THROW(bootstrap(x, x, ratio, philox{1}), error);
}
