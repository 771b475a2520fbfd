// SPDX-License-Identifier: Apache-2.0
/// \file  The hybrid objective of adversarial score matching against its parts.
#include <ncsn/autodiff/derivatives.hpp>
#include <ncsn/training/adversarial.hpp>
#include <ncsn/training/denoising.hpp>

#include <support/network_laws.hpp>
#include <support/small_game.hpp>

using namespace ncsn;
using namespace small_game;

/// Knows how often it was asked.
struct counted_discriminator {
    small_discriminator<reals> discriminator;
    std::size_t* calls;
    static constexpr std::tuple members{field{"discriminator", &counted_discriminator::discriminator}, field{"calls", &counted_discriminator::calls}};
    auto operator()(const Differentiable auto& x) const {
        ++*calls;
        return discriminator(x);
    }
};
BOOST_AUTO_TEST_CASE(what_the_discriminator_says_of_data_is_asked_for_where_the_others_loss_looks_at_it) {
    const auto g = game(3);
    const reals r({4, 1}, {0.3, -1.2, 0.8, 2}), other({4, 1}, {-0.4, 1, 0.1, 0.7}), f({4, 1}, {-0.5, 0.2, 0.9, 1.4});
    for (const auto& [name, kind] : adversarial_losses) {
        const bool looks = fooling_loss(kind, r, f).item() != fooling_loss(kind, other, f).item();
        BOOST_TEST(fooling_looks_at_data(kind) == looks, name);
        std::size_t calls = 0;
        const hybrid_score_matching objective{sigmas, hybrid_settings{.loss = kind}};
        const double value = objective.of_score(g.score, counted_discriminator{g.discriminator, &calls}, g.x, g.levels, g.z).item();
        BOOST_TEST(calls == (looks ? 2u : 1u), name);
        const reals noisy = g.x + column(g.levels, g.x) * g.z, s = g.score(noisy, g.levels);
        const reals real = g.discriminator(g.x), fake = advanced(g.discriminator)(objective.fakes(s, noisy, g.levels));
        BOOST_TEST(value == objective.denoising(s, g.levels, g.z).item() + fooling_loss(kind, real, fake).item(), name);
    }
}

BOOST_AUTO_TEST_CASE(without_fooling_it_is_denoising_score_matching_and_without_denoising_the_discriminator_decides) {
    const auto [score, discriminator, x, z, levels] = game(1);
    hybrid_score_matching objective{sigmas};
    objective.settings.fooling = 0;
    BOOST_TEST(objective.of_score(score, discriminator, x, levels, z).item() == denoising_score_matching{sigmas}(score, x, levels, z).item(),
               boost::test_tools::tolerance(1e-12));
    objective.settings = {.loss = adversarial_loss::wgan, .denoising = 0, .fooling = 2, .clamped = false};
    const reals noisy = x + column(levels, x) * z, fake = denoise(score, noisy, levels);
    BOOST_TEST(objective.of_score(score, discriminator, x, levels, z).item() == -2 * mean(advanced(discriminator)(fake)).item(),
               boost::test_tools::tolerance(1e-12));
    objective.settings.discrimination = 3;
    BOOST_TEST(objective.of_discriminator(discriminator, score, x, levels, z).item() ==
                   3 * (mean(advanced(discriminator)(fake)) - mean(discriminator(x))).item(),
               boost::test_tools::tolerance(1e-12));
    objective.settings.clamped = true;
    const reals seen = objective.fakes(reals{score(noisy, levels)}, noisy, levels);
    for (std::size_t i = 0; i < seen.size(); ++i) BOOST_TEST(seen[i] == std::clamp(fake[i], 0.0, 1.0), boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(the_legacy_fake_starts_from_the_clean_image_in_the_loss_of_the_score_only) {
    const auto [score, discriminator, x, z, levels] = game(5);
    const reals sigma = column(levels, x), noisy = x + sigma * z;
    hybrid_settings settings{.loss = adversarial_loss::wgan, .denoising = 0, .clamped = false};
    const double of_discriminator = hybrid_score_matching{sigmas, settings}.of_discriminator(discriminator, score, x, levels, z).item();
    settings.legacy_fake = true;
    const hybrid_score_matching legacy{sigmas, settings};
    const reals fake = x + sigma * sigma * score(noisy, levels);
    BOOST_TEST(legacy.of_score(score, discriminator, x, levels, z).item() == -mean(advanced(discriminator)(fake)).item(),
               boost::test_tools::tolerance(1e-12));
    BOOST_TEST(legacy.of_discriminator(discriminator, score, x, levels, z).item() == of_discriminator);
}

BOOST_AUTO_TEST_CASE(gradients_agree_with_differences) {
    philox rng{2};
    const auto score = score_of_two(rng);
    auto discriminator = discriminator_of(rng);
    advance(discriminator, 200);                                                    // held vectors are right where they have settled
    const reals x = uniform<reals>({4, 2}, 0, 1, rng), z = normal_like(x, rng);
    const noise_levels levels{{0, 1, 1, 0}, {1, 0.3, 0.3, 1}};
    const auto check = [&](const auto& model, const auto& loss) {
        const slopes found = slopes_of(loss, model, 1e-6, rng);
        BOOST_TEST(std::isfinite(found.loss));
        BOOST_TEST(found.differences == found.gradient, boost::test_tools::tolerance(1e-6));
    };
    for (const auto& [name, kind] : adversarial_losses) {
        BOOST_TEST_CONTEXT(name) {
            const hybrid_score_matching objective{sigmas, hybrid_settings{.loss = kind, .clamped = false}};
            check(score, [&](const auto& s) { return objective.of_score(s, discriminator, x, levels, z); });
            check(discriminator, [&](const auto& d) { return objective.of_discriminator(d, score, x, levels, z); });
        }
    }
}
