// SPDX-License-Identifier: Apache-2.0
/// \file  Targets whose law is known at every noise level, what a step does to a Gaussian, and the checks that hold samples against a law.
#pragma once

#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/statistics/kolmogorov_smirnov.hpp>
#include <ncsn/statistics/moments.hpp>

#include <functional>
#include <numbers>
#include <string>

namespace ncsn {

using points = tensor<float, cpu>;

// Laws -----------------------------------------------------------------------------------------------------------------------------------------

/// Σ wₖ N(mₖ, Cₖ) on D coordinates: every law here is one.
struct normal_mixture {
    struct component {
        double weight;
        std::vector<double> mean, covariance;  ///< [D], [D, D]
    };
    std::vector<component> components;

    std::size_t dimensions() const { return components.front().mean.size(); }
    double mean(std::size_t i) const {
        double sum = 0;
        for (const component& k : components) sum += k.weight * k.mean[i];
        return sum;
    }
    double covariance(std::size_t i, std::size_t j) const {
        double sum = 0;
        for (const component& k : components) sum += k.weight * ((k.mean[i] - mean(i)) * (k.mean[j] - mean(j)) + entry(k, i, j));
        return sum;
    }
    /// The variance of (xᵢ - mᵢ)(xⱼ - mⱼ), n times the squared standard error of a covariance from n samples.
    double spread_of_product(std::size_t i, std::size_t j) const {
        double square = 0;
        for (const component& k : components) {
            const double a = k.mean[i] - mean(i), b = k.mean[j] - mean(j), A = entry(k, i, i), B = entry(k, j, j), C = entry(k, i, j);
            square += k.weight * (a * a * b * b + a * a * B + b * b * A + 4 * a * b * C + A * B + 2 * C * C);
        }
        return square - covariance(i, j) * covariance(i, j);
    }
    /// P(u·x <= t).
    double cdf(const std::vector<double>& u, double t) const {
        double sum = 0;
        for (const component& k : components) {
            double m = 0, c = 0;
            for (std::size_t i = 0; i < u.size(); ++i) {
                m += u[i] * k.mean[i];
                for (std::size_t j = 0; j < u.size() && u[i] != 0; ++j) c += u[i] * u[j] * entry(k, i, j);
            }
            sum += k.weight * normal_cdf(t, m, std::sqrt(c));
        }
        return sum;
    }

private:
    static double entry(const component& k, std::size_t i, std::size_t j) { return k.covariance[i * k.mean.size() + j]; }
};

// Checks ---------------------------------------------------------------------------------------------------------------------------------------

/// How often a normal number lies more than four standard errors off: the chance of each check but that of the distribution to fail a true sample.
inline constexpr double beyond_four_errors = 6.334e-5;
/// The runs of samplers without a mistake, program by program. Each program counts its own and fails when there are more or fewer than it says here.
struct true_runs {
    static constexpr std::size_t one_level = 8 * 7, many_levels = 12 * 7 + 4, progressive = 3 * 7 + 4, broken_samplers = 2 * 4 + 2 * 7;
    static constexpr std::size_t all = one_level + many_levels + progressive + broken_samplers;
};
inline std::size_t runs_counted = 0;
/// The failed checks of such a run.
inline std::vector<std::string> counted(std::vector<std::string> failed) {
    ++runs_counted;
    return failed;
}
/// The chance of the distribution's check: 1e-3 shared by all those runs, and in each by its directions (Bonferroni).
inline constexpr double distribution_level = 1e-3 / static_cast<double>(true_runs::all);

/// z such that one of `count` normal numbers lies beyond ±z with the chance that a single one has beyond ±4. bound(1) = 4, bound(55) = 4.9.
inline double bound(double count) {
    double low = 4, high = 10;
    for (int k = 0; k < 60; ++k) {
        const double z = (low + high) / 2;
        (count * std::erfc(z / std::numbers::sqrt2) > beyond_four_errors ? low : high) = z;
    }
    return (low + high) / 2;
}

/// The names of the checks that samples x fail against a law, of
///   finite        every number is one
///   mean          each coordinate within 4 standard errors (for D of them, within bound(D))
///   covariance    each entry within 4 standard errors (bound(D(D + 1)/2))
///   distribution  Kolmogorov-Smirnov along each axis and the diagonal
///   independence  products of samples 1, 2 and N/2 places apart have mean 0, within 4 standard errors (bound(3D))
inline std::vector<std::string> failed_checks(const points& x, const normal_mixture& law) {
    if (!all_finite(x)) return {"finite"};
    std::vector<std::string> failed;
    const std::size_t n = x.shape()[0], D = law.dimensions();
    const double N = static_cast<double>(n), d = static_cast<double>(D);
    const moments found = moments_of(x);
    bool holds = true;
    for (std::size_t i = 0; i < D; ++i) holds = holds && std::abs(found.mean[i] - law.mean(i)) <= bound(d) * std::sqrt(law.covariance(i, i) / N);
    if (!holds) failed.push_back("mean");

    holds = true;
    for (std::size_t i = 0; i < D; ++i)
        for (std::size_t j = i; j < D; ++j)
            holds = holds && std::abs(found.covariance[i * D + j] - law.covariance(i, j)) <=
                                 bound(d * (d + 1) / 2) * std::sqrt(law.spread_of_product(i, j) / N);
    if (!holds) failed.push_back("covariance");

    holds = true;
    const std::size_t directions = D == 1 ? 1 : D + 1;
    for (std::size_t k = 0; k < directions; ++k) {
        std::vector<double> u(D, k < D ? 0 : 1 / std::sqrt(d)), along(n);
        if (k < D) u[k] = 1;
        for (std::size_t row = 0; row < n; ++row)
            for (std::size_t i = 0; i < D; ++i) along[row] += u[i] * static_cast<double>(x[row * D + i]);
        const double p = kolmogorov_smirnov(ecdf{along}, [&](double t) { return law.cdf(u, t); }).p_value;
        holds = holds && p * static_cast<double>(directions) >= distribution_level;
    }
    if (!holds) failed.push_back("distribution");

    holds = true;
    for (const std::size_t apart : {std::size_t{1}, std::size_t{2}, n / 2})
        for (std::size_t i = 0; i < D; ++i) {
            double product = 0;
            for (std::size_t row = 0; row + apart < n; ++row)
                product += (static_cast<double>(x[row * D + i]) - law.mean(i)) * (static_cast<double>(x[(row + apart) * D + i]) - law.mean(i));
            holds = holds && std::abs(product) <= bound(3 * d) * law.covariance(i, i) * std::sqrt(static_cast<double>(n - apart));
        }
    if (!holds) failed.push_back("independence");
    return failed;
}

// Targets --------------------------------------------------------------------------------------------------------------------------------------

/// Data with their exact law, score and density at every noise level, all targets of one type so that a sampler is compiled once.
struct target {
    std::string name;
    std::function<normal_mixture(double sigma)> law;                                            ///< of the data seen through noise
    std::function<points(const points&, const noise_levels&)> score, density;
    std::function<points(std::size_t, philox&, double sigma)> sample;
    std::vector<double> variances;  ///< of a Gaussian along its axes; empty for a mixture
    points mean, axes;              ///< of a Gaussian: [1, D], and [D, D], orthogonal and symmetric
    double narrowest = 0;           ///< the smallest variance of a component

    points operator()(const points& x, const noise_levels& z) const { return score(x, z); }
    points log_density(const points& x, const noise_levels& z) const { return density(x, z); }
    bool gaussian() const { return !variances.empty(); }
};

/// N(m, C) with the given variances along axes that lie askew: C = Q diag(variances) Q, Q = I - 2vvᵀ with v along (1, 2, ..., D).
inline target gaussian_target(std::string name, const std::vector<double>& variances) {
    const std::size_t D = variances.size();
    points mean({1, D}), axes({D, D});
    double length = 0;
    for (std::size_t i = 0; i < D; ++i) length += static_cast<double>((i + 1) * (i + 1)), mean.write()[i] = static_cast<float>(i % 3) - 0.5f;
    for (std::size_t i = 0; i < D; ++i)
        for (std::size_t j = 0; j < D; ++j)
            axes.write()[i * D + j] = static_cast<float>((i == j ? 1 : 0) - 2 * static_cast<double>((i + 1) * (j + 1)) / length);
    const auto inverse = [variances](const noise_levels& z) {
        points row({1, variances.size()});
        for (std::size_t i = 0; i < variances.size(); ++i) row.write()[i] = static_cast<float>(1 / (variances[i] + z.sigma.at(0) * z.sigma.at(0)));
        return row;
    };
    target t{std::move(name), {}, {}, {}, {}, variances, mean, axes, 0};
    t.score = [=](const points& x, const noise_levels& z) { return -matmul(matmul(x - mean, axes) * inverse(z), axes); };
    t.density = [=](const points& x, const noise_levels& z) {
        const points y = matmul(x - mean, axes);
        return -0.5 * row_sum(y * y * inverse(z));
    };
    return t;
}
/// The law of a Gaussian target's coordinates when its axes carry N(meanₖ, varianceₖ), means counted from the target's own.
inline normal_mixture along_axes(const target& t, const std::vector<double>& means, const std::vector<double>& variances) {
    const std::size_t D = variances.size();
    normal_mixture::component k{1, std::vector<double>(D), std::vector<double>(D * D)};
    for (std::size_t i = 0; i < D; ++i) {
        k.mean[i] = static_cast<double>(t.mean[i]);
        for (std::size_t a = 0; a < D; ++a) {
            k.mean[i] += static_cast<double>(t.axes[i * D + a]) * means[a];
            for (std::size_t j = 0; j < D; ++j) k.covariance[i * D + j] += static_cast<double>(t.axes[i * D + a] * t.axes[j * D + a]) * variances[a];
        }
    }
    return {{k}};
}
/// A mixture of round Gaussians.
inline target mixture_target(std::string name, const std::vector<gaussian_mixture<points>::component>& components, double spread) {
    const gaussian_mixture<points> mixture{std::span{components}, spread};
    target t{std::move(name), {}, {}, {}, {}, {}, {}, {}, spread * spread};
    t.law = [components, mixture](double sigma) {
        normal_mixture law;
        for (std::size_t k = 0; k < components.size(); ++k) {
            const std::size_t D = components[k].mean.size();
            law.components.push_back({mixture.weights()[k], components[k].mean, std::vector<double>(D * D)});
            for (std::size_t i = 0; i < D; ++i) law.components.back().covariance[i * D + i] = mixture.variance(sigma);
        }
        return law;
    };
    t.score = [mixture](const points& x, const noise_levels& z) { return mixture(x, z); };
    t.density = [mixture](const points& x, const noise_levels& z) { return mixture.log_density(x, z); };
    t.sample = [mixture](std::size_t n, philox& rng, double sigma) { return mixture.sample(n, rng, sigma); };
    return t;
}

/// The targets: Gaussians in 1, 2 and 10 dimensions, one that is narrow beside every noise, a ring, two modes and three modes.
inline const std::vector<target>& all_targets() {
    static const std::vector<target> targets = [] {
        std::vector<double> ten;
        for (int k = 0; k < 10; ++k) ten.push_back(0.2 * std::pow(1.3, k));                     // 0.2 to 2.1
        std::vector<gaussian_mixture<points>::component> circle;
        for (int k = 0; k < 32; ++k) {                                                          // neighbours lie 0.6 deviations apart: smooth
            const double angle = 2 * std::numbers::pi * k / 32;
            circle.push_back({1, {2 * std::cos(angle), 2 * std::sin(angle)}});
        }
        return std::vector<target>{gaussian_target("gaussian_1", {0.49}),
                                   gaussian_target("gaussian_2", {0.25, 1.44}),
                                   gaussian_target("gaussian_10", ten),
                                   gaussian_target("gaussian_narrow", {0.0004, 0.001}),
                                   mixture_target("ring", circle, 0.6),
                                   mixture_target("two_modes", {{0.7, {1.5, 1}}, {0.3, {-1.5, -1}}}, 0.6),
                                   mixture_target("three_modes", {{0.5, {2, 0}}, {0.3, {-1, 1.5}}, {0.2, {-1, -2}}}, 0.6)};
    }();
    return targets;
}

// Steps on Gaussians -----------------------------------------------------------------------------------------------------------------------------

/// Mean (from the target's) and variance of chains along an axis of a Gaussian target. A step with a linear drift keeps them Gaussian.
struct axis_state {
    double mean, variance;
};
/// What a step at a level makes of them where the data have the given variance.
using step_law = std::function<axis_state(double variance, const noise_level&, axis_state)>;
/// The same for a whole run.
using run_law = std::function<axis_state(double variance, axis_state)>;

/// x <- kept x + √added z.
inline axis_state moved(axis_state s, double kept, double added = 0) { return {kept * s.mean, kept * kept * s.variance + added}; }

/// x + a s + √(2a) z with a = ε (σ/σ_L)² and s = -x/(variance + σ²).
inline step_law langevin_law(double epsilon) {
    return [epsilon](double variance, const noise_level& z, axis_state s) {
        const double a = epsilon * z.sigma * z.sigma / (z.last * z.last);
        return moved(s, 1 - a / (variance + z.sigma * z.sigma), 2 * a);
    };
}
/// The noise first, so that the drift contracts it.
inline step_law noise_first_law(double epsilon) {
    return [epsilon](double variance, const noise_level& z, axis_state s) {
        const double a = epsilon * z.sigma * z.sigma / (z.last * z.last);
        return moved({s.mean, s.variance + 2 * a}, 1 - a / (variance + z.sigma * z.sigma));
    };
}
/// x + η σ² s, and then what the variance lacks of the next level's if the data are a point: σ'² - (1 - η)² σ².
inline step_law consistent_law(double eta) {
    return [eta](double variance, const noise_level& z, axis_state s) {
        const double square = z.sigma * z.sigma, lack = z.next * z.next - (1 - eta) * (1 - eta) * square;
        return moved(s, 1 - eta * square / (variance + square), z.next == 0 ? 0 : std::max(0.0, lack));
    };
}
/// x + (σ² - σ'²) s and noise of variance (σ² - σ'²) times `share` of the two levels.
inline step_law reverse_law(bool posterior) {
    return [posterior](double variance, const noise_level& z, axis_state s) {
        const double square = z.sigma * z.sigma, next = z.next * z.next, drop = square - next;
        return moved(s, 1 - drop / (variance + square), z.next == 0 ? 0 : drop * (posterior ? next / square : 1));
    };
}
/// The preserving chain x_P = x/√(1 + σ²), followed as x: p' = (p + β s_P)/√(1 - β) + √(β share) z, s_P = √(1 + σ²) s.
inline step_law preserving_law(bool posterior) {
    return [posterior](double variance, const noise_level& z, axis_state s) {
        const double now = z.sigma * z.sigma, next = z.next * z.next, beta = (now - next) / (1 + now), kept = std::sqrt(1 - beta);
        const double share = posterior ? (next / (1 + next)) / (now / (1 + now)) : 1;
        return moved(s, (1 - beta * (1 + now) / (variance + now)) / kept * std::sqrt((1 + next) / (1 + now)),
                     z.next == 0 ? 0 : beta * share * (1 + next));
    };
}
/// dx/dσ = k(σ) x, k = σ/(variance + σ²), by Heun's rule or the classical fourth-order one; the last level denoises.
inline step_law flow_law(bool fourth_order = false) {
    return [fourth_order](double variance, const noise_level& z, axis_state s) {
        const auto k = [variance](double sigma) { return sigma / (variance + sigma * sigma); };
        if (z.next == 0) return moved(s, 1 - z.sigma * k(z.sigma));
        const double h = z.next - z.sigma, first = k(z.sigma), middle = k(z.sigma + h / 2);
        if (!fourth_order) return moved(s, 1 + h / 2 * (first + k(z.next) * (1 + h * first)));
        const double second = middle * (1 + h / 2 * first), third = middle * (1 + h / 2 * second), fourth = k(z.next) * (1 + h * third);
        return moved(s, 1 + h / 6 * (first + 2 * second + 2 * third + fourth));
    };
}
/// Noise up to (1 + γ) σ, and Heun's rule from there.
inline step_law churn_law(double gamma) {
    return [gamma](double variance, const noise_level& z, axis_state s) {
        const noise_level raised{z.index, (1 + gamma) * z.sigma, z.next, z.last};
        return flow_law()(variance, raised, {s.mean, s.variance + raised.sigma * raised.sigma - z.sigma * z.sigma});
    };
}
inline step_law then(step_law first, step_law second) {
    return [=](double variance, const noise_level& z, axis_state s) { return second(variance, z, first(variance, z, s)); };
}
inline step_law times(std::size_t n, step_law law) {
    return [=](double variance, const noise_level& z, axis_state s) {
        for (std::size_t t = 0; t < n; ++t) s = law(variance, z, s);
        return s;
    };
}

// Samplers under test ----------------------------------------------------------------------------------------------------------------------------

/// A sampler and what it claims. On Gaussians a run with large steps starts from a wrong law and must have the law of its own steps to the last
/// digit of the statistics; on mixtures a run with small steps must have the law of the target, and the law of its steps on one component says
/// that they are small enough.
struct subject {
    using run = std::function<points(const target&, const points&, philox&)>;
    std::string name;
    run coarse;
    run_law coarse_law;    ///< absent: the target's law at level `ends`, from any start (MALA)
    run fine;
    run_law fine_law;
    double starts, fine_starts, ends;  ///< the noise in the start of a coarse and a fine run, and in what comes out
};

/// Where a transition stays when it is tested alone. σ, σ² and σ/σ_L all differ, and none is 1.
inline const noise_level test_level{3, 1.3, 0.9, 0.5};
inline const geometric coarse_schedule{{.first = 5, .last = 0.1, .levels = 16}}, fine_schedule{{.first = 3, .last = 0.02, .levels = 600}},
    second_order_schedule{{.first = 3, .last = 0.02, .levels = 60}};

template <class K> subject::run staying(K transition, std::size_t moves) {
    return [=](const target& t, const points& x0, philox& rng) { return points{position(repeat{moves, transition}(t, x0, test_level, rng))}; };
}
inline run_law staying_law(step_law law, std::size_t moves) {
    return [=](double variance, axis_state s) { return times(moves, law)(variance, test_level, s); };
}
inline run_law over_levels_law(const geometric& schedule, step_law law) {
    return [=](double variance, axis_state s) {
        for (std::size_t i = 0; i < schedule.size(); ++i) s = law(variance, level_at(schedule, i), s);
        return s;
    };
}

/// A transition at one level, 25 large moves and 250 small ones.
template <class K> subject at_a_level(std::string name, K coarse, step_law coarse_law, K fine, step_law fine_law) {
    return {std::move(name), staying(coarse, 25), staying_law(coarse_law, 25), staying(fine, 250), staying_law(fine_law, 250),
            test_level.sigma, test_level.sigma, test_level.sigma};
}
/// A transition whose stationary law is the target at any step, or at one that is small enough: so many moves that it forgets where it started, and
/// on mixtures, where it starts from the target, so many that it would leave it.
template <class K> subject stationary_at_a_level(std::string name, K transition, std::size_t moves, std::size_t moves_on_mixtures) {
    return {std::move(name), staying(transition, moves), {}, staying(transition, moves_on_mixtures), {},
            test_level.sigma, test_level.sigma, test_level.sigma};
}
/// Any sampler that runs through the levels of a schedule and leaves data.
template <class F, class G> subject from_runs(std::string name, F coarse, run_law coarse_law, G fine, run_law fine_law) {
    return {std::move(name), coarse, std::move(coarse_law), fine, std::move(fine_law), coarse_schedule[0], fine_schedule[0], 0};
}
template <class K, class L>
subject over_levels(std::string name, K coarse, step_law coarse_law, L fine, step_law fine_law, const geometric& schedule = fine_schedule) {
    return from_runs(std::move(name), annealed{coarse_schedule, coarse}, over_levels_law(coarse_schedule, coarse_law), annealed{schedule, fine},
                     over_levels_law(schedule, fine_law));
}
/// The same transition with both schedules.
template <class K> subject over_levels(std::string name, K transition, step_law law, const geometric& schedule = fine_schedule) {
    return over_levels(std::move(name), transition, law, transition, law, schedule);
}

// Conformance ------------------------------------------------------------------------------------------------------------------------------------

inline constexpr std::size_t chains = 20000;

/// The checks that one sampler fails on one target; beside failed_checks there is
///   bias   the law of small steps lies within one standard error of the target's variance on a component, so that it may stand for it
inline std::vector<std::string> failed_checks(const subject& s, const target& t, std::size_t n = chains) {
    philox rng{2026};
    if (!t.gaussian()) {
        if (s.fine_law) {
            const double starts = t.narrowest + s.fine_starts * s.fine_starts, ends = t.narrowest + s.ends * s.ends;
            const double variance = s.fine_law(t.narrowest, {0, starts}).variance;
            if (std::abs(variance / ends - 1) > std::sqrt(2 / static_cast<double>(n))) return {"bias"};
        }
        return failed_checks(s.fine(t, t.sample(n, rng, s.fine_starts), rng), t.law(s.ends));
    }
    points deviations(shape{1, t.variances.size()}), shift = deviations;
    std::vector<double> means, variances;
    for (std::size_t k = 0; k < t.variances.size(); ++k) {
        const double c = t.variances[k] + s.starts * s.starts;
        const axis_state start{0.5 * std::sqrt(c), 0.5 * c};                                    // wrong in both moments
        deviations.write()[k] = static_cast<float>(std::sqrt(start.variance));
        shift.write()[k] = static_cast<float>(start.mean);
        const axis_state end = s.coarse_law ? s.coarse_law(t.variances[k], start) : axis_state{0, t.variances[k] + s.ends * s.ends};
        means.push_back(end.mean), variances.push_back(end.variance);
    }
    const points x0 = t.mean + matmul(shift + deviations * normal<points>({n, t.variances.size()}, rng), t.axes);
    return failed_checks(s.coarse(t, x0, rng), along_axes(t, means, variances));
}

/// All that a sampler fails, "" for one that is what it says: "ring: covariance, distribution; ...".
inline std::string failures(const subject& s) {
    std::string report;
    for (const target& t : all_targets()) {
        std::string line;
        for (const std::string& check : counted(failed_checks(s, t))) line += (line.empty() ? "" : ", ") + check;
        if (!line.empty()) report += (report.empty() ? "" : "; ") + t.name + ": " + line;
    }
    return report;
}
/// What the first target that rejects a sampler says; "" if none does.
inline std::string first_failures(const subject& s) {
    for (const target& t : all_targets()) {
        std::string line;
        for (const std::string& check : failed_checks(s, t)) line += (line.empty() ? "" : ", ") + check;
        if (!line.empty()) return t.name + ": " + line;
    }
    return "";
}

}  // namespace ncsn
