// SPDX-License-Identifier: Apache-2.0
/// \file  Noise: the published vectors by every way to a block, and whole runs of samplers that no cut of the batch and no thread changes.
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/samplers/consistent.hpp>
#include <ncsn/samplers/denoised.hpp>
#include <ncsn/samplers/hamiltonian.hpp>
#include <ncsn/samplers/inpainting.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/samplers/mala.hpp>
#include <ncsn/samplers/predictor_corrector.hpp>
#include <ncsn/samplers/probability_flow.hpp>

#include <boost/test/unit_test.hpp>

#include <numbers>
#include <omp.h>

using namespace ncsn;
using array = tensor<float, cpu>;

namespace {

/// All that Random123 publishes for philox4x32 with 10 rounds (Salmon et al. 2011, tests/kat_vectors).
struct known_answer {
    std::array<std::uint32_t, 4> counter;
    std::array<std::uint32_t, 2> key;
    std::array<std::uint32_t, 4> words;
};
const known_answer known_answers[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}, {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}};

philox generator_of(const known_answer& k) {
    philox rng{k.key[0] | std::uint64_t{k.key[1]} << 32, k.counter[3]};
    rng.draw = k.counter[2];
    return rng;
}

/// Three dimensions, so that most cuts of a batch fall inside a block of four numbers; and a prime number of samples, so that parts are uneven.
const gaussian_mixture<array> target{{{0.6, {1, -1, 0}}, {0.4, {-1, 0.5, 2}}}, 0.7};
constexpr std::size_t count = 20011;
const geometric schedule{{.first = 3, .last = 0.2, .levels = 5}};

/// The run of part [first, last) of the samples, its start included, as the program `sample` makes it.
array part(const auto& sampler, std::size_t first, std::size_t last) {
    philox rng = philox{9, 1}.at_sample(first);
    const array x0 = 3.0 * normal<array>({last - first, 3}, rng);
    return sampler(target, x0, rng);
}
/// Bit for bit the same in 1, 2, 7 and 64 parts, on one thread and on two.
bool no_cut_matters(const auto& sampler) {
    omp_set_num_threads(1);
    const array whole = part(sampler, 0, count);
    bool same = all_finite(whole);
    for (const int threads : {1, 2}) {
        omp_set_num_threads(threads);
        for (const std::size_t parts : {1, 2, 7, 64})
            for (std::size_t p = 0; p < parts; ++p) {
                const std::size_t first = p * count / parts, last = (p + 1) * count / parts;
                same = same && std::ranges::equal(part(sampler, first, last).values(), std::span{whole.data() + 3 * first, 3 * (last - first)});
            }
    }
    omp_set_num_threads(1);
    return same;
}
const double last_square = 0.04;

}  // namespace

BOOST_AUTO_TEST_CASE(every_way_to_a_block_gives_the_published_words) {
    for (const known_answer& k : known_answers) {
        const philox rng = generator_of(k);
        const std::uint64_t index = k.counter[0] | std::uint64_t{k.counter[1]} << 32;
        BOOST_TEST((philox_block(k.counter[0], k.counter[1], k.counter[2], k.counter[3], k.key[0], k.key[1]) == k.words));
        BOOST_TEST((rng.block(index) == k.words));
        for (const std::uint64_t lane : {0, 1, 31, 32, 77, 127}) {                    // many blocks at once, in each place of the vectors
            std::array<std::array<std::uint32_t, 128>, 4> words;
            philox_blocks(rng, index - lane, words);
            for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(words[i][lane] == k.words[i]);
        }
    }
}

BOOST_AUTO_TEST_CASE(normal_numbers_are_the_published_words_by_box_and_muller) {
    // The first block of draw 0, stream 0, seed 0: √(-2 ln u) (cos, sin)(2πv) with u = (w + ½)/2³² and v = w'/2³².
    philox rng;
    const auto z = normal<tensor<double, cpu>>({1, 4}, rng);
    const std::array<std::uint32_t, 4>& w = known_answers[0].words;
    for (std::size_t pair = 0; pair < 2; ++pair) {
        const double radius = std::sqrt(-2 * std::log((w[2 * pair] + 0.5) / 4294967296.0));
        const double angle = 2 * std::numbers::pi * w[2 * pair + 1] / 4294967296.0;
        BOOST_TEST(std::abs(z[2 * pair] - radius * std::cos(angle)) < 1e-12);
        BOOST_TEST(std::abs(z[2 * pair + 1] - radius * std::sin(angle)) < 1e-12);
    }
}

BOOST_AUTO_TEST_CASE(no_cut_changes_annealed_langevin_dynamics) {
    BOOST_TEST(no_cut_matters(annealed{schedule, repeat{3, langevin{full_step(0.3 * last_square)}}}));
    BOOST_TEST(no_cut_matters(annealed{schedule, repeat{3, langevin{full_step(0.3 * last_square), noise_order::before}}}));
}
BOOST_AUTO_TEST_CASE(no_cut_changes_consistent_annealed_sampling_and_its_denoised_sample) {
    BOOST_TEST(no_cut_matters(annealed{schedule, consistent{full_step(0.8 * last_square)}}));
    BOOST_TEST(no_cut_matters(denoised{annealed{schedule, consistent{full_step(0.8 * last_square)}}}));
}
BOOST_AUTO_TEST_CASE(no_cut_changes_ancestral_sampling) { BOOST_TEST(no_cut_matters(annealed{schedule, ancestral{}})); }
BOOST_AUTO_TEST_CASE(no_cut_changes_hamiltonian_monte_carlo) { BOOST_TEST(no_cut_matters(annealed{schedule, repeat{2, hamiltonian{0.7, 3}}})); }
BOOST_AUTO_TEST_CASE(no_cut_changes_the_metropolis_adjusted_langevin_algorithm) {
    BOOST_TEST(no_cut_matters(annealed{schedule, repeat{2, mala{full_step(0.8 * last_square)}}}));
}
BOOST_AUTO_TEST_CASE(no_cut_changes_the_flow_with_churn) { BOOST_TEST(no_cut_matters(annealed{schedule, edm{.gamma = 0.2}})); }
BOOST_AUTO_TEST_CASE(no_cut_changes_predictor_and_corrector_with_the_norms_of_each_sample) {
    BOOST_TEST(no_cut_matters(annealed{schedule, predictor_corrector{reverse_diffusion, repeat{1, langevin_corrector{0.1}}}}));
}
BOOST_AUTO_TEST_CASE(no_cut_changes_inpainting) {
    BOOST_TEST(no_cut_matters(annealed{schedule, inpainting{array({1, 3}, {1, 0, 0}), array({1, 3}, {1, 0, 0}), 3, langevin{full_step(0.01)}}}));
}

BOOST_AUTO_TEST_CASE(a_run_that_forgets_where_its_part_begins_is_noticed) {
    const annealed sampler{schedule, ancestral{}};
    const array whole = part(sampler, 0, count);
    philox rng{9, 1};                                                                 // without at_sample(100)
    const array x0 = 3.0 * normal<array>({50, 3}, rng), wrong = sampler(target, x0, rng);
    BOOST_TEST(!std::ranges::equal(wrong.values(), std::span{whole.data() + 300, 150}));
    BOOST_TEST(!no_cut_matters(annealed{schedule, predictor_corrector{reverse_diffusion, repeat{1, langevin_corrector{0.1, norms::of_the_batch}}}}));
}
