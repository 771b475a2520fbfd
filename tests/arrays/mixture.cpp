// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the mixture kernels against sums written out in double, for every way a batch can be cut into pieces.
#include <ncsn/arrays/cpu/mixture.hpp>
#include <ncsn/arrays/random.hpp>

#include <boost/test/unit_test.hpp>

#include <support/files.hpp>

using namespace ncsn;
using arrays = std::tuple<tensor<float>, tensor<double>>;

namespace {

template <Array A> struct mixture_case {
    A x, means, log_weights, inverse;

    mixture_case(std::size_t n, std::size_t D, std::size_t K, bool shared) {
        philox rng{n + 10 * D + 100 * K};
        x = normal<A>({n, D}, rng), means = normal<A>({K, D}, rng), log_weights = uniform<A>({1, K}, -2, 0, rng);
        inverse = uniform<A>({shared ? 1 : n, 1}, 0.5, 20, rng);
    }
    /// The largest distance of score and exponent from their definitions.
    double error() const {
        const A score = mixture_score(x, means, log_weights, inverse), exponent = mixture_exponent(x, means, log_weights, inverse);
        const std::size_t n = x.shape()[0], D = x.shape()[1], K = means.shape()[0];
        double largest = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const double c = inverse[inverse.size() == 1 ? 0 : i];
            double total = 0;
            std::vector<double> pull(D);
            for (std::size_t k = 0; k < K; ++k) {
                double square = 0;
                for (std::size_t d = 0; d < D; ++d) square += std::pow(double(x[i * D + d]) - double(means[k * D + d]), 2);
                const double share = std::exp(double(log_weights[k]) - 0.5 * c * square);
                total += share;
                for (std::size_t d = 0; d < D; ++d) pull[d] += share * (double(means[k * D + d]) - double(x[i * D + d]));
            }
            largest = std::max(largest, std::abs(double(exponent[i]) - std::log(total)) / (1 + std::abs(std::log(total))));
            for (std::size_t d = 0; d < D; ++d) {
                const double expected = c * pull[d] / total;
                largest = std::max(largest, std::abs(double(score[i * D + d]) - expected) / (10 + std::abs(expected)));
            }
        }
        return largest;
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(score_and_exponent_are_their_sums, A, arrays) {
    const double tolerance = 100 * static_cast<double>(std::numeric_limits<typename A::value_type>::epsilon());
    for (const std::size_t n : {1, 63, 64, 65, 200})
        for (const std::size_t D : {1, 2, 3})
            for (const std::size_t K : {1, 2, 5})
                for (const bool shared : {true, false})
                    BOOST_TEST((mixture_case<A>{n, D, K, shared}.error() < tolerance), n << " points in " << D << " axes, " << K << " components");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_point_does_not_depend_on_its_batch, A, arrays) {
    for (const std::size_t D : {2, 3}) {
        const mixture_case<A> c{100, D, 3, true};
        const A all = mixture_score(c.x, c.means, c.log_weights, c.inverse);
        const A tail = mixture_score(A({63, D}, c.x.values().subspan(37 * D)), c.means, c.log_weights, c.inverse);
        BOOST_TEST(std::ranges::equal(tail.values(), all.values().subspan(37 * D)));
    }
}

BOOST_AUTO_TEST_CASE(shapes_that_do_not_fit_are_told) {
    const mixture_case<tensor<double>> c{5, 2, 3, false};
    for (const auto& x : {tensor<double>({5, 3}), tensor<double>({4, 2}), tensor<double>({5})}) {
        const std::string said = message_of([&] { mixture_score(x, c.means, c.log_weights, c.inverse); });
        BOOST_TEST((said.find("[3,2]") != std::string::npos && said.find("[N,D]") != std::string::npos), said);
    }
}

BOOST_AUTO_TEST_CASE(where_the_squares_are_beyond_a_float_the_score_still_points_home) {
    for (const std::size_t D : {2, 3}) {
        const tensor<float> x({1, D}, 1e30f), means({2, D}, std::span<const float>{std::vector<float>{5, 5, 5, -5, -5, -5}.data(), 2 * D});
        const tensor<float> score = mixture_score(x, means, tensor<float>({1, 2}, {-1, -2}), tensor<float>({1, 1}, {0.5f}));
        for (std::size_t d = 0; d < D; ++d) BOOST_TEST(score[d] == -5e29f, boost::test_tools::tolerance(1e-5f));
    }
}
