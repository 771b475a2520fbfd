// SPDX-License-Identifier: Apache-2.0
/// \file  What a move and a sampler are.
#pragma once

#include <ncsn/arithmetic/philox.hpp>
#include <ncsn/arithmetic/stop.hpp>
#include <ncsn/autodiff/arithmetic.hpp>
#include <ncsn/levels/schedule.hpp>
#include <ncsn/models/score_model.hpp>

#include <concepts>
#include <span>
#include <string>
#include <type_traits>

namespace ncsn {

/// What a transition returns: the new position, or a struct that reports more and has it as .x.
template <class M, class A>
concept MoveOf = std::same_as<M, A> || requires(const M& move) {
    { move.x } -> std::convertible_to<A>;
};
/// The new position of a move.
template <class Move> const auto& position(const Move& move) {
    if constexpr (Array<Move>) return move;
    else return move.x;
}

/// One move of a Markov chain at one noise level.
template <class K, class S, class A>
concept Transition = ScoreModel<S, A> && requires(const K& transition, const S& score, const A& x, const noise_level& level, philox& rng) {
    { transition(score, x, level, rng) } -> MoveOf<A>;
};

/// A whole procedure from a starting point to a sample.
template <class K, class S, class A>
concept Sampler = ScoreModel<S, A> && requires(const K& sample, const S& score, const A& x0, philox& rng) {
    { sample(score, x0, rng) } -> std::same_as<A>;
};

/// A sampler that says over which levels it runs; the last of them is the noise that is left in its samples.
template <class K>
concept ScheduledSampler = requires(const K& sampler) { requires NoiseSchedule<std::remove_cvref_t<decltype(sampler.schedule)>>; };

/// The observer of a run nobody watches.
struct unobserved {
    void operator()(const auto&...) const {}
};
/// What a loop over levels says to its observer after each of them. An observer has no result: who wants a run to end asks for a stop.
template <class Observer, class Move> void tell(const Observer& observer, const noise_level& level, const Move& move) {
    constexpr bool callable = std::invocable<const Observer&, const noise_level&, const Move&>;
    static_assert(callable, "an observer is called as observer(level, move), a const noise_level& and what the transition returns");
    if constexpr (callable) {
        using result = std::invoke_result_t<const Observer&, const noise_level&, const Move&>;
        static_assert(std::is_void_v<result>, "an observer returns nothing; a run is ended by a std::stop_token");
        observer(level, move);
    }
}

/// A transition that keeps what it knows of a point from move to move at one level: start(score, x, level) makes a state, whose .x is the point, and
/// a move takes a state and returns the next one. It is also a Transition, which starts anew.
template <class K, class S, class A>
concept KeepsState = requires(const K& transition, const S& score, const A& x, const noise_level& level, philox& rng) {
    { transition.start(score, x, level) } -> MoveOf<A>;
    { transition(score, transition.start(score, x, level), level, rng) } -> std::same_as<decltype(transition.start(score, x, level))>;
};

/// A move that ends early where a stop is asked for, if the transition takes a std::stop_token last: those do that make several.
auto move_once(const auto& transition, const auto& score, const auto& x, const noise_level& level, auto& rng, const std::stop_token& stop) {
    if constexpr (requires { transition(score, x, level, rng, stop); }) return transition(score, x, level, rng, stop);
    else return transition(score, x, level, rng);
}

/// A transition that knows, before a run, which levels it cannot serve: check(score, levels) throws. The levels are those of the whole schedule, in
/// its order, so that one message can say what would serve all of them.
template <class K, class S>
concept ChecksLevels = requires(const K& transition, const S& score, std::span<const noise_level> levels) { transition.check(score, levels); };

/// The same level by level; and a check of which one can take the address, neither a template nor overloaded.
template <class K, class S>
concept ChecksLevel = requires(const K& transition, const S& score, const noise_level& level) { transition.check(score, level); };
template <class K>
concept NamesCheck = requires { &K::check; };

/// A score whose transitions are not asked whether they can serve a level; see unchecked.
template <class S>
concept UncheckedScore = requires { requires S::unchecked; };

/// Throws where a transition cannot serve the levels. What has no check of its own and holds another transition as its member `transition`, as a
/// wrapper does, is as good as that one; check(score, level) is called for each level.
template <class K, class S> void check_levels(const K& transition, const S& score, std::span<const noise_level> levels) {
    static_assert(!NamesCheck<K> || ChecksLevels<K, S> || ChecksLevel<K, S>,
                  "a transition's check is called as check(score, levels), levels a std::span<const noise_level>, or as check(score, level)");
    if constexpr (UncheckedScore<S>) return;
    else if constexpr (ChecksLevels<K, S>) transition.check(score, levels);
    else if constexpr (ChecksLevel<K, S>)
        for (const noise_level& level : levels) transition.check(score, level);
    else if constexpr (requires { transition.transition; }) check_levels(transition.transition, score, levels);
}
/// The same at one level: what a transition with a bound asks at the beginning of its own call, so that no wrapper can lose it.
template <class K, class S> void check_level(const K& transition, const S& score, const noise_level& level) {
    check_levels(transition, score, std::span{&level, 1});
}

/// What to do where the numbers of a transition grow without bound: its own advice(level), or that of the transition it holds.
template <class K> std::string advice_of(const K& transition, const noise_level& level) {
    if constexpr (requires { { transition.advice(level) } -> std::convertible_to<std::string>; }) return transition.advice(level);
    else if constexpr (requires { transition.transition; }) return advice_of(transition.transition, level);
    else return "the step is too large for this score, or the score itself is not finite";
}

/// A score that knows the smallest variance of its density at a level.
template <class S>
concept KnowsVariance = requires(const S& score, double sigma) {
    { score.variance(sigma) } -> std::convertible_to<double>;
};

}  // namespace ncsn
