// SPDX-License-Identifier: Apache-2.0
/// \file  Noise between two chains: its ends, its law, and that batches do not matter.
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/interpolated_noise.hpp>
#include <ncsn/samplers/langevin.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using reals = tensor<double, cpu>;

namespace {

bool same_row(const reals& a, std::size_t i, const reals& b, std::size_t k) {
    const std::size_t size = a.shape().row_size();
    return std::equal(a.data() + i * size, a.data() + (i + 1) * size, b.data() + k * size);
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_first_and_last_column_are_the_two_chains_and_the_rest_lie_between) {
    philox rng{3};
    const reals ends = normal<reals>({6, 2, 5}, rng);
    interpolated_noise g{philox{3}, 4};
    const reals z = normal_like(reals({12, 2, 5}), g);
    for (std::size_t pair = 0; pair < 3; ++pair) {
        BOOST_TEST(same_row(z, 4 * pair, ends, 2 * pair));
        BOOST_TEST(same_row(z, 4 * pair + 3, ends, 2 * pair + 1));
        for (std::size_t k = 0; k < 10; ++k)                                          // 30 and 60 degrees
            BOOST_TEST(std::abs(z[(4 * pair + 1) * 10 + k] - (std::sqrt(0.75) * ends[20 * pair + k] + 0.5 * ends[20 * pair + 10 + k])) < 1e-12);
    }
    BOOST_TEST(g.rng.draw == rng.draw);
}

BOOST_AUTO_TEST_CASE(every_column_is_standard_normal) {
    interpolated_noise g{philox{4}, 3};
    const std::size_t pairs = 20000;
    const reals z = normal_like(reals({3 * pairs, 1}), g);
    for (std::size_t column = 0; column < 3; ++column) {
        double sum = 0, squares = 0;
        for (std::size_t p = 0; p < pairs; ++p) sum += z[3 * p + column], squares += z[3 * p + column] * z[3 * p + column];
        BOOST_TEST(std::abs(sum / pairs) < 5 / std::sqrt(double(pairs)));
        BOOST_TEST(std::abs(squares / pairs - 1) < 5 * std::sqrt(2.0 / pairs));
    }
}

BOOST_AUTO_TEST_CASE(a_batch_may_begin_anywhere_and_a_chain_at_its_end_is_the_ordinary_one) {
    const auto run = [](std::size_t first, std::size_t count) {
        interpolated_noise g{philox{5}, 5, first};
        const gaussian_mixture<reals> atoms{{0.5, {1, 1}}, {0.5, {-1, -1}}};
        const annealed sampler{std::array{1.0, 0.3}, repeat{4, langevin{full_step(0.01)}}};
        return sampler(atoms, normal_like(reals({count, 2}), g), g);
    };
    const reals whole = run(0, 15), part = run(7, 6);
    for (std::size_t i = 0; i < 6; ++i) BOOST_TEST(same_row(part, i, whole, 7 + i));
    philox rng{5};
    const gaussian_mixture<reals> atoms{{0.5, {1, 1}}, {0.5, {-1, -1}}};
    const annealed sampler{std::array{1.0, 0.3}, repeat{4, langevin{full_step(0.01)}}};
    const reals x0 = normal<reals>({6, 2}, rng), ordinary = sampler(atoms, x0, rng);
    for (std::size_t pair = 0; pair < 3; ++pair)
        for (std::size_t k = 0; k < 2; ++k) {
            BOOST_TEST(std::abs(whole[10 * pair + k] - ordinary[4 * pair + k]) < 1e-12);
            BOOST_TEST(std::abs(whole[10 * pair + 8 + k] - ordinary[4 * pair + 2 + k]) < 1e-12);
        }
    interpolated_noise alone{philox{6}, 1};
    BOOST_CHECK_THROW(normal_like(reals({2, 2}), alone), error);
}
