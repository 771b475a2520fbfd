// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of transitions by level: which is at which level, what is the same as one transition, and what is refused.
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/by_level.hpp>
#include <ncsn/samplers/langevin.hpp>

#include <boost/test/unit_test.hpp>

#include <support/files.hpp>
#include <support/moments.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;

namespace {

const gaussian_mixture<array> atom{{1, {0, 0}}};                                    // seen at σ it is N(0, σ² I)
const std::vector<double> schedule{4, 2, 1};
repeat<langevin> moves(std::size_t steps, double epsilon) { return {steps, langevin{full_step(epsilon)}}; }
array drawn(const auto& transition, const array& x0) {
    philox rng{2};
    return annealed{schedule, transition}(atom, x0, rng);
}

}  // namespace

BOOST_AUTO_TEST_CASE(equal_transitions_are_one_transition) {
    philox rng{1};
    const array x0 = normal<array>({50, 2}, rng);
    BOOST_TEST((drawn(by_level{std::vector(3, moves(5, 0.1))}, x0).values().size() == x0.size()));
    const array same = drawn(by_level{std::vector(3, moves(5, 0.1))}, x0), one = drawn(moves(5, 0.1), x0);
    BOOST_TEST(std::ranges::equal(same.values(), one.values()));
}

// A step at level σ with ε multiplies the variance by (1 - ε)² and adds 2 ε σ², σ_L being 1. Levels that forget nothing, so that another order of the
// transitions is another variance: 1.4 and not 14.7.
BOOST_AUTO_TEST_CASE(each_level_has_its_own_steps_and_size) {
    philox rng{1};
    const array x0 = normal<array>({40'000, 2}, rng);
    const std::vector<std::pair<std::size_t, double>> plan{{3, 0.5}, {2, 0.1}, {1, 0.02}};
    const auto variance_of = [&](const auto& steps) {
        double v = 1;
        for (std::size_t i = 0; i < 3; ++i)
            for (std::size_t t = 0; t < steps[i].first; ++t) {
                const double epsilon = steps[i].second;
                v = (1 - epsilon) * (1 - epsilon) * v + 2 * epsilon * schedule[i] * schedule[i];
            }
        return v;
    };
    const auto transitions = [](const auto& steps) {
        std::vector<repeat<langevin>> all;
        for (const auto& [n, epsilon] : steps) all.push_back(moves(n, epsilon));
        return by_level{all};
    };
    BOOST_TEST(has_moments(drawn(transitions(plan), x0), 0, variance_of(plan)));
    const std::vector<std::pair<std::size_t, double>> turned{plan.rbegin(), plan.rend()};
    BOOST_TEST(!has_moments(drawn(transitions(turned), x0), 0, variance_of(plan)));
    BOOST_TEST(has_moments(drawn(transitions(turned), x0), 0, variance_of(turned)));
}

BOOST_AUTO_TEST_CASE(what_cannot_serve_the_levels_is_refused_before_the_first_move) {
    const array x0({2, 2}, 1.0f);
    const auto said = [&](const auto& transition) { return message_of([&] { drawn(transition, x0); }); };
    BOOST_TEST(said(by_level{std::vector(2, moves(5, 0.1))}).find("2 transitions for 3 levels") != std::string::npos);
    BOOST_TEST(said(by_level{std::vector(4, moves(5, 0.1))}).find("4 transitions for 3 levels") != std::string::npos);
    BOOST_TEST(said(by_level{std::vector{moves(5, 0.1), moves(5, 2.1), moves(5, 0.1)}}).find("at level 1 (sigma 2) the step") != std::string::npos);
    philox rng{1};
    BOOST_TEST(message_of([&] { by_level{std::vector(2, moves(5, 0.1))}(atom, x0, noise_level{2, 1, 0, 1}, rng); }).find("level 2 is asked for") !=
               std::string::npos);
}
