// SPDX-License-Identifier: Apache-2.0
/// \file  Losses of a discriminator and of those whose samples it judges.
#pragma once

#include <ncsn/autodiff/functions.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace ncsn {

/// Pairs of losses for a discriminator D and for those whose samples it judges, from r = D(real) and f = D(fake), [N, 1] each, and their means r̄,
/// f̄; with S(y) = ln(1 + eʸ) and (y)₊ = max(0, y), means over the batch:
///
///                              the discriminator                         the other
///     gan                      S(-r) + S(f)                              S(-f)
///     wgan                     f - r                                     -f
///     hinge                    (1 - r)₊ + (1 + f)₊                       -f
///     paired_gan               2 S(f - r)                                2 S(r - f)
///     average_gan              S(f̄ - r) + S(f - r̄)                       S(r - f̄) + S(r̄ - f)
///     least_squares            (r - 1)² + (f + 1)²                       (f - 1)²
///     saturating_least_squares the same                                  (f + 1)²
///     paired_least_squares     2 (r - f - 1)²                            2 (f - r - 1)²
///     average_least_squares    (r - f̄ - 1)² + (f - r̄ + 1)²               (r - f̄ + 1)² + (f - r̄ - 1)²
///     average_hinge            (1 - r + f̄)₊ + (1 + f - r̄)₊               (1 + r - f̄)₊ + (1 - f + r̄)₊
///
/// Goodfellow et al. 2014, Arjovsky et al. 2017, Lim & Ye 2017, Jolicoeur-Martineau 2019, Mao et al. 2017; the program of adversarial score matching
/// (Jolicoeur-Martineau et al. 2020) calls them GAN, WGAN, HingeGAN, RpGAN, RaGAN, LSGAN, LSGAN_sat, RpLSGAN, RaLSGAN, RaHingeGAN, and takes LSGAN.
enum class adversarial_loss {
    gan,
    wgan,
    hinge,
    paired_gan,
    average_gan,
    least_squares,
    saturating_least_squares,
    paired_least_squares,
    average_least_squares,
    average_hinge
};
inline constexpr std::array<std::pair<const char*, adversarial_loss>, 10> adversarial_losses{
    {{"GAN", adversarial_loss::gan},
     {"WGAN", adversarial_loss::wgan},
     {"HingeGAN", adversarial_loss::hinge},
     {"RpGAN", adversarial_loss::paired_gan},
     {"RaGAN", adversarial_loss::average_gan},
     {"LSGAN", adversarial_loss::least_squares},
     {"LSGAN_sat", adversarial_loss::saturating_least_squares},
     {"RpLSGAN", adversarial_loss::paired_least_squares},
     {"RaLSGAN", adversarial_loss::average_least_squares},
     {"RaHingeGAN", adversarial_loss::average_hinge}}};
/// "GAN, WGAN, ...".
inline std::string known_adversarial_losses() {
    std::string known;
    for (const auto& [name, loss] : adversarial_losses) known += (known.empty() ? "" : ", ") + std::string{name};
    return known;
}
/// The pair that the program of adversarial score matching knows by this name, in capitals or not.
inline adversarial_loss adversarial_loss_named(const std::string& name) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    for (const auto& [each, loss] : adversarial_losses) {
        if (std::ranges::equal(name, std::string_view{each}, {}, lower, lower)) return loss;
    }
    fail("adversarial loss '", name, "': ", known_adversarial_losses(), " are known");
}

/// What a pair gives one side: `towards` 1 for the discriminator, which wants r large and f small, -1 for the other. They differ by that sign where a
/// loss compares r with f; the others are two formulas.
template <Differentiable R, Differentiable F> auto adversarial_side(adversarial_loss kind, double towards, const R& r, const F& f) {
    using L = decltype(mean(r + f));
    require(shape_of(r) == shape_of(f) && shape_of(r).row_size() == 1, "adversarial loss: D(real) is ", shape_of(r), " and D(fake) is ", shape_of(f),
            "; one number an image, of as many images, was expected");
    const bool discriminator = towards > 0;
    const auto hinge = [](const auto& y) { return relu(1.0 - y); };
    const auto missed = [](const auto& y, double aim) { return square(y - aim); };
    switch (kind) {
    case adversarial_loss::gan: return discriminator ? as<L>(mean(softplus(-1.0 * r)) + mean(softplus(f))) : as<L>(mean(softplus(-1.0 * f)));
    case adversarial_loss::wgan: return discriminator ? as<L>(mean(f) - mean(r)) : as<L>(-1.0 * mean(f));
    case adversarial_loss::hinge: return discriminator ? as<L>(mean(hinge(r)) + mean(hinge(-1.0 * f))) : as<L>(-1.0 * mean(f));
    case adversarial_loss::least_squares:
    case adversarial_loss::saturating_least_squares:
        if (discriminator) return as<L>(mean(missed(r, 1)) + mean(missed(f, -1)));
        return as<L>(mean(missed(f, kind == adversarial_loss::least_squares ? 1 : -1)));
    case adversarial_loss::paired_gan: return as<L>(2.0 * mean(softplus(-towards * (r - f))));
    case adversarial_loss::paired_least_squares: return as<L>(2.0 * mean(missed(towards * (r - f), 1)));
    default: break;
    }
    const auto real = towards * (r - mean(f)), fake = towards * (mean(r) - f);      // how far each is on its side of the others' mean
    if (kind == adversarial_loss::average_gan) return as<L>(mean(softplus(-1.0 * real)) + mean(softplus(-1.0 * fake)));
    if (kind == adversarial_loss::average_least_squares) return as<L>(mean(missed(real, 1)) + mean(missed(fake, 1)));
    return as<L>(mean(hinge(real)) + mean(hinge(fake)));
}
/// The discriminator's loss of r = D(real) and f = D(fake): [N, 1] each -> [].
auto discriminator_loss(adversarial_loss kind, const Differentiable auto& r, const Differentiable auto& f) { return adversarial_side(kind, 1, r, f); }
/// Whether a loss compares each image with the mean over the others of its batch, so that it is no mean of what it is of parts of the batch.
inline bool compares_with_means(adversarial_loss kind) {
    return kind == adversarial_loss::average_gan || kind == adversarial_loss::average_least_squares || kind == adversarial_loss::average_hinge;
}
/// Whether fooling_loss looks at r: where it does not, r need not be known.
inline bool fooling_looks_at_data(adversarial_loss kind) {
    return kind == adversarial_loss::paired_gan || kind == adversarial_loss::paired_least_squares || compares_with_means(kind);
}
/// The loss of the network whose samples the discriminator takes for fakes.
auto fooling_loss(adversarial_loss kind, const Differentiable auto& r, const Differentiable auto& f) { return adversarial_side(kind, -1, r, f); }

}  // namespace ncsn
