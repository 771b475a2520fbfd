// SPDX-License-Identifier: Apache-2.0
/// \file  Adversarial score matching where the truth is known: how far a discriminator moves the best score, and mistakes that are rejected.
#include <ncsn/layers/spectral_norm.hpp>
#include <ncsn/training/hybrid_step.hpp>
#include <ncsn/training/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include <support/objective_laws.hpp>

using namespace ncsn;
using reals = tensor<double, cpu>;

namespace {

const std::vector<double> schedule{1.2, 0.7, 0.4};

/// D(x) = a x + b.
template <class P> struct plane_discriminator {
    P a, b;  ///< [1, 2], [1, 1]
    static constexpr std::tuple members{field{"a", &plane_discriminator::a}, field{"b", &plane_discriminator::b}};
    auto operator()(const Differentiable auto& x) const { return matmul(x, a) + b; }
};
const plane_discriminator<reals> discriminator{reals({1, 2}, {0.6, -0.8}), reals({1, 1}, {0.3})};
const double length2 = 0.36 + 0.64, weight = 0.7;                                   // |a|²; λ of the discriminator's judgement

/// The best score when a linear discriminator judges by least squares and nothing is clamped. At each x̃ it makes
/// ½ σ² |s - s*|² + λ (a·H + b - 1)² least, H = x̃ + σ² s, so with u = a·H* + b - 1 of the true score s*:  s = s* - 2 λ u a / (1 + 2 λ σ² |a|²).
struct best_score {
    const gaussian_data& truth = plane_gaussian();
    double lambda = weight;

    template <Differentiable X> X operator()(const X& x, const noise_levels& z) const {
        const X s = truth(x, z);
        const reals square = column(z, x, [](double sigma) { return sigma * sigma; });
        const reals share = column(z, x, [this](double sigma) { return -2 * lambda / (1 + 2 * lambda * sigma * sigma * length2); });
        return s + share * (matmul(x + square * s, discriminator.a) + (discriminator.b - 1.0)) * discriminator.a;
    }
};

/// A loss of the score with a discriminator that stands still: what of the settings and of the fakes a mistake may change.
const auto right_loss = [](const auto& score, const reals& x, philox& rng) {
    const noise_levels levels = draw_levels(schedule, x.shape()[0], rng);
    const reals z = normal_like(x, rng);
    return hybrid_score_matching{schedule, hybrid_settings{.fooling = weight, .clamped = false}}.of_score(score, discriminator, x, levels, z);
};
/// The same by its formula, with what a mistake may change: H of x, x̃, σ and s; the aim of D(H); the parts of both terms.
struct mistaken {
    double aim = 1, denoising = 0.5, judgement = weight;
    reals (*fake)(const reals& x, const reals& noisy, const reals& sigma, const reals& s) =
        [](const reals&, const reals& noisy, const reals& sigma, const reals& s) { return reals{noisy + sigma * sigma * s}; };

    reals operator()(const auto& score, const reals& x, philox& rng) const {
        const noise_levels levels = draw_levels(schedule, x.shape()[0], rng);
        const reals z = normal_like(x, rng), sigma = column(levels, x), noisy = x + sigma * z, s = score(noisy, levels);
        const reals left = sigma * s + z, missed = discriminator(fake(x, noisy, sigma, s)) - aim;
        return mean_over_batch(denoising * row_dot(left, left)) + judgement * mean(missed * missed);
    }
};

/// What a loss of the score fails of those laws; 200 batches of 300 points, numbers within 5 standard errors.
///   optimum    in seven directions it is flat at the best score
///   curvature  along (1, -½) it is σ² |g|² + 2 λ σ⁴ (a·g)², level by level
///   gain       the best score is better than the true one by λ E u² k/(1 + k),  k = 2 λ σ² |a|²,  u of a normal law
std::string score_failures(const auto& loss) {
    constexpr std::size_t batches = 200, size = 300;
    constexpr double delta = 0.5, g2 = 1.25, ag = 0.6 + 0.4;                        // |g|² and a·g of g = (1, -½)
    const double levels = static_cast<double>(schedule.size());
    const best_score best;
    const gaussian_data& truth = plane_gaussian();
    const auto value = [&](std::size_t batch, const auto& score) {
        philox rng{11, static_cast<std::uint32_t>(batch)};
        const reals x = truth.sample(size, rng);
        return loss(score, x, rng).item();
    };
    const auto off = [](const std::vector<double>& found, double expected) {
        const estimated e = estimate(found);
        return std::abs(e.mean - expected) > 5 * e.error + 1e-9 * (1 + std::abs(expected));
    };
    std::vector<double> at_best, gain;
    for (std::size_t b = 0; b < batches; ++b) {
        at_best.push_back(value(b, best));
        gain.push_back(value(b, truth) - at_best[b]);
    }
    double expected_gain = 0;
    for (const double sigma : schedule) {
        double mean = discriminator.b[0] - 1, variance = 0;
        for (std::size_t j = 0; j < 2; ++j) {
            const double v = truth.variances[j];
            mean += discriminator.a[j] * truth.mean[j], variance += discriminator.a[j] * discriminator.a[j] * v * v / (v + sigma * sigma);
        }
        const double k = 2 * weight * sigma * sigma * length2;
        expected_gain += weight * (mean * mean + variance) * k / (1 + k) / levels;
    }
    bool flat = true, curved = true;
    for (const direction along : all_directions) {
        std::vector<double> slope, curvature;
        for (std::size_t b = 0; b < batches; ++b) {
            const auto at = [&](double d) { return value(b, changed_score<best_score>{best, 1, d, along, schedule.size()}); };
            const double more = at(delta), less = at(-delta);
            slope.push_back((more - less) / (2 * delta)), curvature.push_back((more + less - 2 * at_best[b]) / (delta * delta));
        }
        flat = flat && !off(slope, 0);
        double expected = 0;
        for (std::size_t i = 0; i < schedule.size(); ++i) {
            const double s2 = schedule[i] * schedule[i];
            const bool counts = along == direction::constant || i == (along == direction::first_level ? 0 : schedule.size() - 1);
            if (counts) expected += (s2 * g2 + 2 * weight * s2 * s2 * ag * ag) / levels;
        }
        if (along == direction::constant || along == direction::first_level || along == direction::last_level)
            curved = curved && !off(curvature, expected);
    }
    std::string failed;
    const auto add = [&failed](bool failure, const char* check) { failed += failure ? std::string{failed.empty() ? "" : ", "} + check : ""; };
    add(!flat, "optimum"), add(!curved, "curvature"), add(off(gain, expected_gain), "gain");
    return failed;
}

/// What a loss of the discriminator fails: at the linear one that tells best, E(D(x) - 1)² + E(D(H) + 1)² least, its slope is 0 along a₁, a₂ and b. H
/// of the true score has the mean m and the variances v²/(v + σ²), so with w the mean of those over the levels:  D(x) = Σ a_j x_j + b  has normal
/// equations  (V + W) a + 2 m (m·a + b) = 0,  2 (m·a + b) = 0  where the means agree: D = 0 tells nothing. A fake that is moved by `shift` makes it
/// something: real mean m, fake mean m + shift.
std::string discriminator_failures(const auto& loss) {
    constexpr std::size_t batches = 200, size = 300;
    const gaussian_data& truth = plane_gaussian();
    const double shift = 0.8;                                                       // along the first coordinate
    const auto moved = [&](const reals& x, const noise_levels& z) {
        return reals{truth(x, z) + reciprocal(column(z, x, [](double sigma) { return sigma * sigma; })) * reals({1, 2}, {shift, 0})};
    };
    double w = 0;
    for (const double sigma : schedule) w += truth.variances[0] * truth.variances[0] / (truth.variances[0] + sigma * sigma) / 3;
    // Of D = a (x₁ - c) with c half way: E(D(x) - 1)² = a² (v + h²) + 2 a h + 1, h = shift/2, and the same with w: a = -2 h / (v + w + 2 h²).
    const double h = shift / 2, a = -2 * h / (truth.variances[0] + w + 2 * h * h), c = truth.mean[0] + h;
    const double best = a * a * (truth.variances[0] + w + 2 * h * h) + 4 * a * h + 2;
    const auto value = [&](std::size_t batch, double a1, double a2, double b) {
        philox rng{13, static_cast<std::uint32_t>(batch)};
        const reals x = truth.sample(size, rng);
        const noise_levels levels = draw_levels(schedule, size, rng);
        const plane_discriminator<reals> d{reals({1, 2}, {a1, a2}), reals({1, 1}, {b})};
        return loss(d, moved, x, levels, normal_like(x, rng)).item();
    };
    const auto off = [](const std::vector<double>& found, double expected) {
        const estimated e = estimate(found);
        return std::abs(e.mean - expected) > 5 * e.error;
    };
    const double delta = 0.3;
    std::vector<double> at_best, of_a1, of_a2, of_b;
    for (std::size_t k = 0; k < batches; ++k) {
        at_best.push_back(value(k, a, 0, -a * c));
        const auto slope = [&](double x, double y, double z) {
            return (value(k, a + x, y, z - a * c) - value(k, a - x, -y, -z - a * c)) / (2 * delta);
        };
        of_a1.push_back(slope(delta, 0, 0)), of_a2.push_back(slope(0, delta, 0)), of_b.push_back(slope(0, 0, delta));
    }
    std::string failed = off(at_best, best) ? "value" : "";
    if (off(of_a1, 0) || off(of_a2, 0) || off(of_b, 0)) failed += failed.empty() ? "optimum" : ", optimum";
    return failed;
}
const auto right_discriminator = [](const auto& d, const auto& score, const reals& x, const noise_levels& levels, const reals& z) {
    return hybrid_score_matching{schedule, hybrid_settings{.clamped = false}}.of_discriminator(d, score, x, levels, z);
};

bool rejected_by(const std::string& check, const std::string& name, const std::string& found) {
    BOOST_TEST_MESSAGE(name << " -> " << found);
    return found.find(check) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_discriminator_moves_the_best_score_as_far_as_its_slope_says) {
    BOOST_TEST(score_failures(right_loss) == "");
    BOOST_TEST(score_failures(mistaken{}) == "");                                   // the formula from which mistakes are made
    BOOST_TEST(discriminator_failures(right_discriminator) == "");
}

BOOST_AUTO_TEST_CASE(losses_of_the_score_with_a_mistake_are_rejected) {
    const auto rejected = [](const std::string& check, const char* name, const mistaken& loss) {
        return rejected_by(check, name, score_failures(loss));
    };
    BOOST_TEST(rejected("optimum", "fakes from the clean image", {.fake = [](const reals& x, const reals&, const reals& sigma, const reals& s) {
        return reals{x + sigma * sigma * s};
    }}));
    BOOST_TEST(rejected("optimum", "sigma for sigma squared", {.fake = [](const reals&, const reals& noisy, const reals& sigma, const reals& s) {
        return reals{noisy + sigma * s};
    }}));
    BOOST_TEST(rejected("optimum", "away from the data", {.fake = [](const reals&, const reals& noisy, const reals& sigma, const reals& s) {
        return reals{noisy - sigma * sigma * s};
    }}));
    BOOST_TEST(rejected("optimum", "fakes without the score", {.fake = [](const reals&, const reals& noisy, const reals&, const reals&) {
        return noisy;
    }}));
    BOOST_TEST(rejected("optimum", "the aim of the discriminator", {.aim = -1}));
    BOOST_TEST(rejected("optimum", "twice the judgement", {.judgement = 2 * weight}));
    BOOST_TEST(rejected("curvature", "denoising without its half", {.denoising = 1}));
    BOOST_TEST(rejected("curvature", "the mean over the coordinates", {.denoising = 0.25}));
    BOOST_TEST(rejected("curvature", "no judgement", {.judgement = 0}));
}

BOOST_AUTO_TEST_CASE(losses_of_the_discriminator_with_a_mistake_are_rejected) {
    const auto with = [](double of_real, double of_fake, bool denoised) {
        return [=](const auto& d, const auto& score, const reals& x, const noise_levels& levels, const reals& z) {
            const reals noisy = x + column(levels, x) * z, real = d(x) - of_real;
            const reals fake = d(denoised ? denoise(score, noisy, levels) : noisy) - of_fake;
            return reals{mean(real * real) + mean(fake * fake)};
        };
    };
    const auto rejected = [](const char* name, const auto& loss) { return rejected_by("optimum", name, discriminator_failures(loss)); };
    BOOST_TEST(discriminator_failures(with(1, -1, true)) == "");
    BOOST_TEST(rejected("real for fake", with(-1, 1, true)));
    BOOST_TEST(rejected("fakes are aimed at 0", with(1, 0, true)));
    BOOST_TEST(rejected("noisy images for fakes", with(1, -1, false)));
}

namespace {

/// s = A x̃ + c of one level: the family of a Gaussian's true score.
template <class P> struct affine_score {
    P matrix, shift;  ///< [2, 2], [1, 2]
    static constexpr std::tuple members{field{"matrix", &affine_score::matrix}, field{"shift", &affine_score::shift}};
    template <Differentiable X> auto operator()(const X& x, const noise_levels&) const { return matmul(x, matrix) + shift; }
};
/// A discriminator whose slope is at most 1: spectral norms, and softplus between.
template <class P> struct gentle_discriminator {
    spectral_dense<P> first, second;
    static constexpr std::tuple members{field{"first", &gentle_discriminator::first}, field{"second", &gentle_discriminator::second}};
    auto operator()(const Differentiable auto& x) const { return second(softplus(first(x))); }
};

}  // namespace

/// ½ σ² |s - s*|² + λ (D(H) - 1)² is least where s - s* = -2 λ (D(H) - 1) ∇D(H), so |∇D| <= 1 keeps |s - s*| <= 2 λ |D(H) - 1|, in the mean over x̃;
/// and where the discriminator tells nothing any more, D = 0, within 2 λ |∇D|. A training from the true score ends within the first bound; without a
/// judgement it stays where it was, but for the noise of its steps.
BOOST_AUTO_TEST_CASE(a_training_from_the_true_score_stays_within_the_bound) {
    const gaussian_data& truth = plane_gaussian();
    const double sigma = 0.7;
    const noise_levels level{{0}, {sigma}};
    philox rng{3};
    const auto play = [&](double lambda) {
        affine_score<reals> exact{reals({2, 2}, 0), reals({1, 2}, 0)};
        for (std::size_t j = 0; j < 2; ++j) {
            const double slope = -1 / (truth.variances[j] + sigma * sigma);
            exact.matrix.write()[3 * j] = slope, exact.shift.write()[j] = -slope * truth.mean[j];
        }
        hybrid_state state{exact, gentle_discriminator<reals>{{2, 16, rng}, {16, 1, rng}}};
        state.of_score = adam{state.score, {.rate = 1e-3, .beta1 = 0, .beta2 = 0.99}};
        state.of_discriminator = adam{state.discriminator, {.rate = 2e-3, .beta1 = -0.5, .beta2 = 0.9}};
        state.average.rate = 0.995;
        drawn_from batches{truth, 256};
        const hybrid_settings settings{.fooling = lambda, .clamped = false};
        trainer{hybrid_step{hybrid_score_matching{std::vector<double>{sigma}, settings}}, {.steps = 3000}}(state, batches);
        const reals x = truth.sample(20000, rng), noisy = x + sigma * normal_like(x, rng);
        const reals apart = state.average.model()(noisy, level) - truth(noisy, level);
        const reals missed = state.discriminator(denoise(state.average.model(), noisy, level)) - 1.0;
        return std::pair{std::sqrt(mean(row_dot(apart, apart)).item()), 2 * lambda * std::sqrt(mean(missed * missed).item())};
    };
    const auto [still, nothing] = play(0);
    BOOST_TEST_MESSAGE("without a judgement the score moves by " << still);
    for (const double lambda : {0.1, 0.5}) {
        const auto [moved, bound] = play(lambda);
        BOOST_TEST_MESSAGE("lambda " << lambda << ": moved by " << moved << ", bound " << bound);
        BOOST_TEST(moved <= bound + still);
    }
    BOOST_TEST(nothing == 0);
    BOOST_TEST(still < 0.1);                                                        // steps of 1e-3 about the optimum, averaged over 200
}
