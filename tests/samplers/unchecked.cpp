// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of what a transition refuses: through wrappers, in its own call, for the whole schedule at once; and of the way around it.
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/consistent.hpp>
#include <ncsn/samplers/denoised.hpp>
#include <ncsn/samplers/inpainting.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/samplers/mala.hpp>
#include <ncsn/samplers/predictor_corrector.hpp>
#include <ncsn/samplers/unchecked.hpp>

#include <boost/test/unit_test.hpp>

#include <support/files.hpp>

using namespace ncsn;
using array = tensor<double, cpu>;

namespace {

const gaussian_mixture<array> atom{{1, {0, 0}}};                                    // variance σ²
const std::vector<double> schedule{4, 2, 0.5};                                      // γ = ½ and ¼

/// A wrapper as a user writes it, and one whose member has another name.
template <class K> struct wrapped {
    K transition;
    template <Array A> A operator()(const ScoreModel<A> auto& score, const A& x, const noise_level& level, philox& rng) const {
        return position(transition(score, x, level, rng));
    }
};
template <class K> wrapped(K) -> wrapped<K>;
template <class K> struct hidden {
    K inner;
    template <Array A> A operator()(const ScoreModel<A> auto& score, const A& x, const noise_level& level, philox& rng) const {
        return position(inner(score, x, level, rng));
    }
};
template <class K> hidden(K) -> hidden<K>;
/// A transition that is asked level by level.
struct picky {
    array operator()(const auto&, const array& x, const noise_level&, philox&) const { return x; }
    void check(const auto&, const noise_level& level) const { require(level.index != 1, "picky: not level ", level.index); }
};

/// The scores that were asked for, and what the run said.
template <class K> std::pair<std::size_t, std::string> run(const K& transition) {
    std::size_t asked = 0;
    struct counting {
        std::size_t& asked;
        array operator()(const array& x, const noise_levels& z) const { return ++asked, atom(x, z); }
        array log_density(const array& x, const noise_levels& z) const { return atom.log_density(x, z); }
        double variance(double sigma) const { return atom.variance(sigma); }
    };
    philox rng{1};
    const std::string said = message_of([&] { annealed{schedule, transition}(counting{asked}, array({2, 2}, 1.0), rng); });
    return {asked, said};
}
bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_CASE(no_wrapper_loses_the_check_before_the_run) {
    const consistent wrong{full_step(1e-4)};                                        // η = 4e-4, |1 - η| > ¼
    const langevin large{full_step(0.51)};                                          // ε < 2 σ_L² = 0.5
    const array mask({1, 2}, {1, 0}), image({1, 2});
    const auto refused = [](const auto& transition) {
        const auto [asked, said] = run(transition);
        return asked == 0 && (says(said, "admissible interval") || says(said, "stable interval"));
    };
    BOOST_TEST(refused(wrong));
    BOOST_TEST(refused(wrapped{wrong}));
    BOOST_TEST(refused(wrapped{wrapped{wrong}}));
    BOOST_TEST(refused(repeat{2, wrapped{wrong}}));
    BOOST_TEST(refused(wrapped{repeat{2, large}}));
    BOOST_TEST(refused(inpainting{mask, image, 3, wrapped{large}}));
    BOOST_TEST(refused(predictor_corrector{wrapped{wrong}, langevin{full_step(0.1)}}));
    BOOST_TEST(refused(wrapped{predictor_corrector{ancestral{}, wrapped{large}}}));
    BOOST_TEST(says(run(wrapped{picky{}}).second, "picky: not level 1"));
}

BOOST_AUTO_TEST_CASE(a_transition_checks_in_its_own_call_too) {
    philox rng{1};
    const array x({2, 2}, 1.0);
    const noise_level level = level_at(schedule, 1);
    BOOST_TEST(says(message_of([&] { consistent{full_step(1e-4)}(atom, x, level, rng); }), "of this level"));
    BOOST_TEST(says(message_of([&] { langevin{full_step(0.51)}(atom, x, level, rng); }), "serves this level"));
    BOOST_TEST(run(hidden{consistent{full_step(1e-4)}}).first == 0);
    BOOST_TEST(says(run(hidden{repeat{3, langevin{full_step(0.51)}}}).second, "stable interval"));
}

BOOST_AUTO_TEST_CASE(one_message_serves_the_whole_schedule) {
    // The smallest γ, ¼ at level 1: ε in ¼ (1 -+ ¼).
    const std::string said = run(wrapped{consistent{full_step(0.13)}}).second;      // inside ¼ (1 -+ ½), which level 0 allows
    for (const char* part : {"[0.1875, 0.3125] of the schedule", "level 1", "from sigma 2 to 0.5"}) BOOST_TEST(says(said, part), said);
    BOOST_TEST(run(consistent{full_step(0.1875)}).second == "");
    BOOST_TEST(run(consistent{full_step(0.3125)}).second == "");
    // Variance 0.09 + σ²: 2 c σ_L²/σ² falls with σ, and the largest level decides: 0.5 (16.09/16).
    const gaussian_mixture<array> broad{{{1, {0, 0}}}, 0.3};
    philox rng{2};
    const std::string bound = message_of([&] { annealed{schedule, repeat{2, langevin{full_step(0.6)}}}(broad, array({1, 2}), rng); });
    for (const char* part : {"level 0", "epsilon below 0.5028125 (full_step)", "every level of the schedule"}) BOOST_TEST(says(bound, part), bound);
}

BOOST_AUTO_TEST_CASE(who_means_it_says_unchecked) {
    const auto [asked, said] = run(unchecked{wrapped{repeat{4, langevin{full_step(0.51)}}}});
    BOOST_TEST(asked == 12u);
    BOOST_TEST(said == "");
    BOOST_TEST(run(wrapped{unchecked{consistent{full_step(1e-4)}}}).second == "");
    BOOST_TEST(run(unchecked{mala{full_step(0.1)}}).second == "");
    philox rng{3}, same{3};                                                         // the same moves
    const array x({2, 2}, 1.0);
    const noise_level level = level_at(schedule, 1);
    const array one = unchecked{langevin{full_step(0.1)}}(atom, x, level, rng), other = langevin{full_step(0.1)}(atom, x, level, same);
    BOOST_TEST(std::ranges::equal(one.values(), other.values()));
    const denoised eds{annealed{schedule, unchecked{consistent{full_step(1e-4)}}}, denoising_point::before_last_move};
    BOOST_CHECK_NO_THROW(eds(atom, x, rng));
}

BOOST_AUTO_TEST_CASE(what_grows_is_explained_by_the_transition_it_comes_from) {
    const auto exploding = [](const array& x, const noise_levels&) { return 1e200 * (x * x); };
    const auto said = [&](const auto& transition) {
        philox rng{4};
        return message_of([&] { annealed{schedule, transition}(exploding, array({1, 2}, 1.0), rng); });
    };
    BOOST_TEST(says(said(wrapped{repeat{3, langevin{full_step(0.1)}}}), "2 sigma_L^2 = 0.5"));
    BOOST_TEST(!says(said(hidden{repeat{3, langevin{full_step(0.1)}}}), "sigma_L^2"));
}
