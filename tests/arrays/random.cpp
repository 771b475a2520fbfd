// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of random tensors: their laws, and that no split of a batch and no number of threads changes a bit.
#include <ncsn/arrays/random.hpp>

#include <boost/test/unit_test.hpp>

#include <support/files.hpp>
#include <support/moments.hpp>

#include <limits>
#include <omp.h>

using namespace ncsn;
using arrays = std::tuple<tensor<float>, tensor<double>>;

namespace {

/// The largest distance of the empirical distribution function from F, times √n (Kolmogorov & Smirnov).
template <Array A, class F> double distance_from(const A& x, F distribution) {
    std::vector<double> sorted(x.values().begin(), x.values().end());
    std::ranges::sort(sorted);
    const double n = static_cast<double>(sorted.size());
    double largest = 0;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        const double f = distribution(sorted[i]), k = static_cast<double>(i);
        largest = std::max({largest, std::abs(f - k / n), std::abs(f - (k + 1) / n)});
    }
    return largest * std::sqrt(n);
}
const double one_in_a_million = 2.70;                                                 // 2 exp(-2 d²) = 1e-6

/// Whether draw(shape, generator) gives for every split of n samples the numbers of the whole.
template <class Draw> bool splits_agree(std::size_t n, std::size_t row, Draw draw) {
    const philox rng{5, 1};
    philox all = rng;
    const auto whole = draw(0, shape{n, row}, all);
    for (const std::size_t parts : {2, 7, 64})
        for (std::size_t p = 0; p < parts; ++p) {
            const std::size_t first = p * n / parts, last = (p + 1) * n / parts;
            philox part = rng.at_sample(first);
            const auto piece = draw(first, shape{last - first, row}, part);
            if (!std::ranges::equal(piece.values(), std::span{whole.data() + first * row, (last - first) * row})) return false;
            if (part.draw != all.draw) return false;
        }
    return true;
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(normal_numbers_are_normal, A, arrays) {
    philox rng{1};
    const A x = normal<A>({1000, 200}, rng);
    BOOST_TEST(has_moments(x, 0, 1));
    double third = 0, fourth = 0, neighbours = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double z = x[i];
        third += z * z * z, fourth += z * z * z * z;
        if (i > 0) neighbours += z * static_cast<double>(x[i - 1]);
    }
    const double n = static_cast<double>(x.size());
    BOOST_TEST(std::abs(third / n) < 5 * std::sqrt(15 / n));
    BOOST_TEST(std::abs(fourth / n - 3) < 5 * std::sqrt(96 / n));
    BOOST_TEST(std::abs(neighbours / n) < 5 / std::sqrt(n));
    BOOST_TEST(distance_from(x, [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }) < one_in_a_million);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(uniform_numbers_are_uniform, A, arrays) {
    philox rng{2};
    const A x = uniform<A>({1000, 200}, -3, 5, rng);
    BOOST_TEST(distance_from(x, [](double u) { return (u + 3) / 8; }) < one_in_a_million);
    for (const auto value : x.values()) BOOST_TEST_REQUIRE((value >= -3 && value < 5));
}

BOOST_AUTO_TEST_CASE(indices_are_uniform_and_below_their_bound) {
    philox rng{3};
    std::array<double, 10> counts{};
    for (const std::size_t i : uniform_index(100000, 10, rng)) counts.at(i) += 1;
    double chi_square = 0;
    for (const double count : counts) chi_square += (count - 10000) * (count - 10000) / 10000;
    BOOST_TEST(chi_square < 46);                                                      // 9 degrees of freedom: once in two million
    BOOST_TEST(rng.draw == 1u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(every_split_of_the_batch_draws_the_same_numbers, A, arrays) {
    for (const std::size_t row : {1, 2, 3, 7, 48}) {                                  // pieces that start inside a block of four, too
        BOOST_TEST(splits_agree(130, row, [](std::size_t, const shape& s, philox& rng) { return normal<A>(s, rng); }), row << " numbers a sample");
        BOOST_TEST(splits_agree(130, row, [](std::size_t, const shape& s, philox& rng) { return uniform<A>(s, -1, 1, rng); }),
                   row << " numbers a sample");
        philox other{9};
        const A x = normal<A>({130, row}, other), drift = normal<A>({130, row}, other);
        BOOST_TEST(splits_agree(130, row, [&](std::size_t first, const shape& s, philox& rng) {
            const auto part = [&](const A& t) { return A(s, std::span{t.data() + first * row, s.size()}); };
            return euler_maruyama(part(x), 0.1, part(drift), 0.4, rng);
        }), row << " numbers a sample");
    }
    const philox rng{4};
    philox all = rng, tail = rng.at_sample(37);
    const auto whole = uniform_index(100, 10, all), part = uniform_index(63, 10, tail);
    BOOST_TEST(std::equal(part.begin(), part.end(), whole.begin() + 37));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_number_of_threads_changes_no_bit, A, arrays) {
    const auto draw = [] {
        philox rng{6};
        const A z = normal<A>({700001}, rng), u = uniform<A>({700001}, 0, 1, rng);
        return euler_maruyama(z, 0.3, u, 0.7, rng);
    };
    omp_set_num_threads(1);
    const A one = draw();
    omp_set_num_threads(2);
    BOOST_TEST(std::ranges::equal(draw().values(), one.values()));
    omp_set_num_threads(3);
    BOOST_TEST(std::ranges::equal(draw().values(), one.values()));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_step_of_euler_and_maruyama_is_x_plus_a_drift_plus_b_normal, A, arrays) {
    philox rng{7};
    const A x = normal<A>({50, 3}, rng), drift = normal<A>({50, 3}, rng);
    philox same = rng;
    const A z = normal_like(x, same), y = euler_maruyama(x, 0.3, drift, 0.7, rng);
    const double tolerance = 4 * std::numeric_limits<typename A::value_type>::epsilon();
    for (std::size_t i = 0; i < x.size(); ++i) BOOST_TEST(std::abs(y[i] - (x[i] + 0.3 * drift[i] + 0.7 * z[i])) < tolerance * 5);
    BOOST_TEST((rng == same));
    const std::string said = message_of([&] { euler_maruyama(x, 0.3, A({50, 4}), 0.7, rng); });
    BOOST_TEST((said.find("[50,3]") != std::string::npos && said.find("[50,4]") != std::string::npos), said);
}

BOOST_AUTO_TEST_CASE(the_seventh_million_sample_has_its_own_numbers) {
    philox rng = philox{8}.at_sample(std::uint64_t{1} << 40);                         // positions beyond 32 bits
    philox start{8};
    const auto far = normal<tensor<float>>({100, 3}, rng), near = normal<tensor<float>>({100, 3}, start);
    BOOST_TEST(!std::ranges::equal(far.values(), near.values()));
    BOOST_TEST(has_moments(far, 0, 1));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_sample_beyond_the_numbers_of_a_draw_is_refused, A, arrays) {
    for (const std::uint64_t first : {~std::uint64_t{0}, std::uint64_t{1} << 63, (~std::uint64_t{0} - 100) / 3}) {
        philox rng = philox{8}.at_sample(first);
        BOOST_CHECK_THROW(normal<A>({100, 3}, rng), error);
        BOOST_CHECK_THROW(uniform<A>({100, 3}, 0, 1, rng), error);
        const A x({100, 3});
        BOOST_CHECK_THROW(euler_maruyama(x, 1.0, x, 1.0, rng), error);
    }
    philox last = philox{8}.at_sample(std::uint64_t{1} << 62);
    BOOST_CHECK_NO_THROW(normal<A>({100, 3}, last));
}

namespace {

/// Half of everything: a generator whose noise is known.
struct constant_noise {};
template <Array A> A normal_like(const A& x, constant_noise&) { return A(x.shape(), typename A::value_type(0.5)); }
static_assert(Generator<constant_noise> && !Generator<int>);

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(a_step_takes_its_noise_from_any_generator, A, arrays) {
    philox rng{9};
    constant_noise noise;
    const A x = normal<A>({5, 3}, rng), drift = normal<A>({5, 3}, rng), y = euler_maruyama(x, 0.3, drift, 0.7, noise);
    const double tolerance = 20 * std::numeric_limits<typename A::value_type>::epsilon();
    for (std::size_t i = 0; i < x.size(); ++i) BOOST_TEST(std::abs(y[i] - (x[i] + 0.3 * drift[i] + 0.35)) < tolerance);
}

BOOST_AUTO_TEST_CASE(signs_are_those_of_the_normal_numbers) {
    philox rng{21}, same{21};
    const tensor<float, cpu> x({20000}), signs = rademacher_like(x, rng), z = normal_like(x, same);
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        BOOST_TEST_REQUIRE(signs[i] == (z[i] < 0 ? -1.f : 1.f));
        sum += static_cast<double>(signs[i]);
    }
    BOOST_TEST((rng == same));
    BOOST_TEST(std::abs(sum) < 5 * std::sqrt(20000.0));
}
