// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the loops over levels and moves: annealed Langevin dynamics on Gaussians, order, observers, refusals, reproducibility.
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/models/nearest_level.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/denoised.hpp>
#include <ncsn/samplers/inpainting.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/samplers/predictor_corrector.hpp>
#include <ncsn/samplers/unchecked.hpp>
#include <ncsn/statistics/mode_weights.hpp>

#include <boost/test/unit_test.hpp>

#include <support/files.hpp>
#include <support/moments.hpp>

#include <limits>
#include <omp.h>

using namespace ncsn;
using array = tensor<float, cpu>;

namespace {

const gaussian_mixture<array> two_atoms{{0.8, {5, 5}}, {0.2, {-5, -5}}};
bool same(const array& a, const array& b) { return a.shape() == b.shape() && std::ranges::equal(a.values(), b.values()); }

/// A move with a report: adds 1 and counts.
struct counted {
    array x;
    int count;
};
struct counting {
    counted operator()(const ScoreModel<array> auto&, const array& x, const noise_level&, philox& rng) const {
        return {x + 1, static_cast<int>(rng.draw++)};
    }
};

}  // namespace

static_assert(Sampler<annealed<geometric, repeat<langevin>>, gaussian_mixture<array>, array>);
static_assert(Transition<counting, gaussian_mixture<array>, array>);

BOOST_AUTO_TEST_CASE(the_variance_of_annealed_langevin_dynamics_follows_its_recursion) {
    // With the exact score of one point: V <- (1-η)² V + 2η σᵢ², T times a level, from σ₁²; and V > σᵢ² always
    // (Jolicoeur-Martineau et al. 2020, Proposition 1).
    const gaussian_mixture<array> atom{{1, {3, -1}}};
    const geometric schedule{{.first = 4, .last = 0.5, .levels = 8}};
    for (const double eta : {0.05, 0.4, 1.3}) {
        philox rng{1};
        double variance = 16;
        const annealed als{schedule, repeat{3, langevin{full_step(eta * 0.25)}}};     // η = ε/σ_L²
        const array start = array({1, 2}, {3, -1}) + 4.0 * normal<array>({50000, 2}, rng);
        als(atom, start, rng, [&](const noise_level& level, const array& x) {
            for (int t = 0; t < 3; ++t) variance = (1 - eta) * (1 - eta) * variance + 2 * eta * level.sigma * level.sigma;
            BOOST_TEST(variance > level.sigma * level.sigma);
            BOOST_TEST(has_moments(x - array({1, 2}, {3, -1}), 0, variance), "eta " << eta << ", level " << level.index);
        });
    }
}

BOOST_AUTO_TEST_CASE(it_finds_the_weights_of_two_modes_and_one_level_does_not) {
    // Song & Ermon (2019), Section 3.2.2 and Figure 3: 0.8 is the weight of the mode at (5, 5). 1280 chains: 5 standard errors are 0.056.
    philox rng{2019};
    const array x0 = uniform<array>({1280, 2}, -8, 8, rng);
    const annealed als{geometric{{.first = 20, .last = 1, .levels = 10}}, repeat{100, langevin{half_step(0.1)}}};
    const annealed plain_langevin{std::vector{1.0}, repeat{1000, langevin{half_step(0.1)}}};
    philox again = rng;
    BOOST_TEST(std::abs(mode_weights(two_atoms, als(two_atoms, x0, rng))[0] - 0.8) < 0.056);
    BOOST_TEST(std::abs(mode_weights(two_atoms, plain_langevin(two_atoms, x0, again))[0] - 0.5) < 0.08);
}

BOOST_AUTO_TEST_CASE(levels_come_in_order_and_the_observer_sees_each_once) {
    const std::vector<float> schedule{3, 2, 0.5f};
    std::vector<double> seen;
    philox rng{3};
    annealed{schedule, counting{}}(two_atoms, array({1, 2}), rng, [&](const noise_level& level, const counted& move) {
        BOOST_TEST(level.index == seen.size());
        BOOST_TEST(level.last == 0.5);
        BOOST_TEST(level.next == (level.index == 2 ? 0.0 : static_cast<double>(schedule[level.index + 1])));
        BOOST_TEST(move.x[0] == static_cast<float>(level.index + 1));
        seen.push_back(level.sigma);
    });
    BOOST_TEST(seen == (std::vector<double>{3, 2, 0.5}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(repeat_makes_n_moves_and_returns_the_last_one_with_its_report) {
    philox rng{4};
    const counted last = repeat{5, counting{}}(two_atoms, array({2, 2}), noise_level{}, rng);
    BOOST_TEST(last.x[0] == 5);
    BOOST_TEST(last.count == 4);
    BOOST_CHECK_THROW((repeat{0, counting{}}), error);
}

BOOST_AUTO_TEST_CASE(a_run_that_diverges_says_where) {
    philox rng{5};
    const auto exploding = [](const array& x, const noise_levels& z) { return z.index[0] == 0 ? x : 1e30 * (x * x); };
    const std::string said =
        message_of([&] { annealed{std::vector{2.0, 1.0, 0.5}, repeat{3, langevin{full_step(0.1)}}}(exploding, array({4, 2}, 1.0f), rng); });
    for (const char* part : {"no longer finite", "level 1 of 3", "sigma 1", "2 sigma_L^2 = 0.5"})
        BOOST_TEST(said.find(part) != std::string::npos, "'" << said << "' does not say " << part);
}

BOOST_AUTO_TEST_CASE(a_schedule_that_does_not_fall_is_refused) {
    philox rng{6};
    for (const std::vector<double>& wrong : {std::vector<double>{}, {1, 1}, {1, 2}, {1, 0}, {1, -1}, {std::numeric_limits<double>::quiet_NaN()},
                                             {std::numeric_limits<double>::infinity(), 1}})
        BOOST_CHECK_THROW((annealed{wrong, langevin{full_step(0.1)}}(two_atoms, array({1, 2}), rng)), error);
}

/// A score that knows three levels by their number.
struct of_three {
    static constexpr std::tuple<> members{};
    std::size_t levels() const { return 3; }
    array operator()(const array& x, const noise_levels&) const { return -x; }
};
BOOST_AUTO_TEST_CASE(a_network_of_another_number_of_levels_is_refused_before_it_is_asked) {
    philox rng{7};
    const langevin step{full_step(0.01)};
    BOOST_CHECK_NO_THROW((annealed{std::vector{2.0, 1.0, 0.5}, step}(of_three{}, array({1, 2}), rng)));
    const annealed of_two{std::vector{2.0, 1.0}, step};
    const auto refused = [&](const auto& sampler, const auto& score) {
        const std::string said = message_of([&] { sampler(score, array({1, 2}), rng); });
        BOOST_TEST(said.find("2 levels for a network of 3") != std::string::npos, said);
    };
    refused(of_two, of_three{});
    refused(of_two, parametrised{of_three{}});                                      // adapters do not lose it
    refused(denoised{of_two, denoising_point::before_last_move}, parametrised{of_three{}});
    BOOST_CHECK_NO_THROW((of_two(nearest_level{of_three{}, {2.0, 1.0, 0.5}}, array({1, 2}), rng)));
}

BOOST_AUTO_TEST_CASE(a_stop_ends_a_run_within_a_move_and_without_a_result) {
    // Asked for while a score is evaluated, it is heeded before the next evaluation, wherever the loop is.
    const gaussian_mixture<array> atom{{1, {0, 0}}};
    const array mask({1, 2}, {1, 0}), image({1, 2}), x0({3, 2}, 1.0f);
    const auto evaluations = [&](const auto& sampler) {
        std::stop_source source;
        std::size_t asked = 0;
        const auto score = [&](const array& x, const noise_levels& z) {
            if (++asked == 7) source.request_stop();
            return atom(x, z);
        };
        philox rng{1};
        BOOST_CHECK_THROW(sampler(score, x0, rng, unobserved{}, source.get_token()), stopped);
        return asked;
    };
    const std::vector<double> sigmas{4, 2, 1};
    const langevin move{full_step(0.1)};
    BOOST_TEST((evaluations(annealed{sigmas, repeat{5, move}}) == 7u));
    BOOST_TEST((evaluations(annealed{sigmas, repeat{5, repeat{5, move}}}) == 7u));
    BOOST_TEST((evaluations(denoised{annealed{sigmas, repeat{5, move}}}) == 7u));
    BOOST_TEST((evaluations(denoised{annealed{sigmas, repeat{5, move}}, denoising_point::before_last_move}) == 7u));
    BOOST_TEST((evaluations(annealed{sigmas, inpainting{mask, image, 5, move}}) == 7u));
    BOOST_TEST((evaluations(annealed{sigmas, inpainting{mask, image, 5, move, imposing::before_every_move}}) == 7u));
    BOOST_TEST((evaluations(annealed{sigmas, predictor_corrector{ancestral{}, repeat{9, move}}}) == 7u));
    BOOST_TEST((evaluations(annealed{sigmas, unchecked{repeat{5, move}}}) == 7u));
    BOOST_TEST((evaluations(annealed{std::vector{9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0}, move}) == 7u));
    std::stop_source nobody;                                                          // a token that is not used changes nothing
    philox one{2}, other{2};
    const annealed sampler{sigmas, repeat{5, move}};
    BOOST_TEST(same(sampler(atom, x0, one), sampler(atom, x0, other, unobserved{}, nobody.get_token())));
}

BOOST_AUTO_TEST_CASE(every_split_of_the_batch_and_every_number_of_threads_gives_the_same_bits) {
    const annealed als{geometric{{.first = 20, .last = 1, .levels = 4}}, repeat{5, langevin{half_step(0.1)}}};
    const std::size_t n = 40000;                                                      // enough for several threads
    philox start{7};
    const philox rng{8};
    const array x0 = uniform<array>({n, 2}, -8, 8, start);
    const auto run = [&](std::size_t first, std::size_t count) {
        philox part = rng.at_sample(first);
        return als(two_atoms, array({count, 2}, std::span{x0.data() + 2 * first, 2 * count}), part);
    };
    omp_set_num_threads(1);
    const array whole = run(0, n);
    omp_set_num_threads(2);
    BOOST_TEST(same(run(0, n), whole));
    for (const std::size_t parts : {2, 7, 64}) {
        bool equal = true;
        for (std::size_t p = 0; p < parts; ++p) {
            const std::size_t first = p * n / parts, last = (p + 1) * n / parts;
            equal = equal && std::ranges::equal(run(first, last - first).values(), std::span{whole.data() + 2 * first, 2 * (last - first)});
        }
        BOOST_TEST(equal, parts << " parts");
    }
}
