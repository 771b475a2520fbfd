// SPDX-License-Identifier: Apache-2.0
/// \file  The pairs of losses of a discriminator and of the other, by their formulas.
#include <ncsn/training/adversarial_loss.hpp>

#include <support/check_every_mode.hpp>

using namespace ncsn;

namespace {

double softplus_of(double y) { return std::log1p(std::exp(-std::abs(y))) + std::max(y, 0.0); }
double square_of(double y) { return y * y; }
double hinge_of(double y) { return std::max(0.0, 1 - y); }

/// The table of adversarial_loss, one image after the other.
std::pair<double, double> by_formula(adversarial_loss kind, const reals& r, const reals& f) {
    const std::size_t n = r.size();
    double real = 0, fake = 0;
    for (std::size_t i = 0; i < n; ++i) real += r[i] / double(n), fake += f[i] / double(n);
    double discriminator = 0, other = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const double a = r[i], b = f[i], u = a - fake, v = b - real;
        const auto add = [&](double c, double o) { discriminator += c / double(n), other += o / double(n); };
        switch (kind) {
        case adversarial_loss::gan: add(softplus_of(-a) + softplus_of(b), softplus_of(-b)); break;
        case adversarial_loss::wgan: add(b - a, -b); break;
        case adversarial_loss::hinge: add(hinge_of(a) + hinge_of(-b), -b); break;
        case adversarial_loss::paired_gan: add(2 * softplus_of(b - a), 2 * softplus_of(a - b)); break;
        case adversarial_loss::average_gan: add(softplus_of(-u) + softplus_of(v), softplus_of(u) + softplus_of(-v)); break;
        case adversarial_loss::least_squares: add(square_of(a - 1) + square_of(b + 1), square_of(b - 1)); break;
        case adversarial_loss::saturating_least_squares: add(square_of(a - 1) + square_of(b + 1), square_of(b + 1)); break;
        case adversarial_loss::paired_least_squares: add(2 * square_of(a - b - 1), 2 * square_of(b - a - 1)); break;
        case adversarial_loss::average_least_squares: add(square_of(u - 1) + square_of(v + 1), square_of(u + 1) + square_of(v - 1)); break;
        case adversarial_loss::average_hinge: add(hinge_of(u) + hinge_of(-v), hinge_of(-u) + hinge_of(v)); break;
        }
    }
    return {discriminator, other};
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_pair_is_its_formula_and_is_differentiable_in_both_arguments) {
    const reals r = some({6, 1}, 1), f = some({6, 1}, 2);
    for (const auto& [name, kind] : adversarial_losses) {
        BOOST_TEST_CONTEXT(name) {
            BOOST_TEST((adversarial_loss_named(name) == kind));
            const auto [discriminator, other] = by_formula(kind, r, f);
            BOOST_TEST(discriminator_loss(kind, r, f).item() == discriminator, boost::test_tools::tolerance(1e-12));
            BOOST_TEST(fooling_loss(kind, r, f).item() == other, boost::test_tools::tolerance(1e-12));
            check_every_mode_of_two("adversarial_side", [k = kind](const auto& a, const auto& b) { return discriminator_loss(k, a, b); }, r, f);
            check_every_mode_of_two("adversarial_side", [k = kind](const auto& a, const auto& b) { return fooling_loss(k, a, b); }, r, f);
        }
    }
    BOOST_TEST((adversarial_loss_named("lsgan") == adversarial_loss::least_squares));
    BOOST_CHECK_THROW(adversarial_loss_named("DCGAN"), error);
    BOOST_CHECK_THROW(adversarial_loss_named("LSGAN_"), error);
    BOOST_CHECK_THROW(discriminator_loss(adversarial_loss::gan, r, some({5, 1})), error);
    BOOST_CHECK_THROW(discriminator_loss(adversarial_loss::gan, some({6, 2}), some({6, 2})), error);
}
