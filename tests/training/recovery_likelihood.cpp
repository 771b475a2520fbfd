// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of diffusion recovery likelihood: its optimum on Gaussian data, its gradient, and that nothing flows through the chains.
#include <ncsn/models/energy_mlp.hpp>
#include <ncsn/training/recovery_likelihood.hpp>

#include <boost/test/unit_test.hpp>

#include <support/gradient_error.hpp>

#include <limits>
#include <numeric>

using namespace ncsn;
using reals = tensor<double, cpu>;

namespace {

/// E(y, t) = θ_t scale_t |y|²/2: the energy of N(0, I/θ_t). P is the type of θ, [T].
template <class P> struct quadratic {
    P theta;
    std::vector<double> scales;
    static constexpr std::tuple members{field{"theta", &quadratic::theta}, field{"scales", &quadratic::scales}};

    template <Differentiable X> auto operator()(const X& y, const noise_levels& z) const {
        const auto rows = gather_rows(reshaped(theta, {scales.size(), 1}), std::span<const std::size_t>{z.index});
        const auto half = index_column(z, y, [this](std::size_t t) { return 0.5 * scales[t]; });
        return rows * row_sum(half * (y * y));
    }
};
const double S = 0.5;
double variance_of(const recovery_step& s) { return s.kept * s.kept * (s.total_signal * s.total_signal * S + s.total_sigma * s.total_sigma); }

/// θ_t at the truth, times a factor.
quadratic<reals> energy_of(const recovery_process& process, double factor = 1) {
    quadratic<reals> energy{reals(shape{process.size()}), {}};
    for (std::size_t t = 0; t < process.size(); ++t) {
        energy.theta.write()[t] = factor / variance_of(process[t]);
        energy.scales.push_back(process[t].scale);
    }
    return energy;
}
/// A draw from the conditional of a quadratic energy itself: N(x̃ pull/(σ² P), 1/P), P = θ + pull/σ².
struct exact_draw {
    recovery_process process;
    reals operator()(const recovery_conditional<quadratic<reals>, reals>& c, const reals& y, const noise_levels& levels, philox& rng) const {
        const auto pull = [&](std::size_t t) { return process[t].pull / (process[t].sigma * process[t].sigma); };
        const auto precision = [&](std::size_t t) { return c.marginal.energy.theta[t] + pull(t); };
        return index_column(levels, y, [&](std::size_t t) { return pull(t) / precision(t); }) * c.condition +
               index_column(levels, y, [&](std::size_t t) { return 1 / std::sqrt(precision(t)); }) * normal_like(y, rng);
    }
};

}  // namespace

static_assert(Objective<recovery_likelihood<>, energy_mlp<reals>, reals>);
static_assert(Objective<recovery_likelihood<normal_approximation>, energy_mlp<reals>, reals>);
static_assert(Objective<recovery_denoising, energy_mlp<reals>, reals>);

BOOST_AUTO_TEST_CASE(the_pair_has_the_law_of_the_diffusion) {
    const recovery_process process = recovery_code();
    philox rng{1};
    const std::size_t n = 20000;
    const reals x = std::sqrt(S) * normal<reals>({n, 1}, rng), noise = normal_like(x, rng), next = normal_like(x, rng);
    for (const std::size_t t : {0, 2, 5}) {
        const auto [y, noisier] = diffused_pair(process, x, process.levels(std::vector<std::size_t>(n, t)), noise, next);
        const double v = variance_of(process[t]), last = process[t].kept == 1 ? process[t].signal : 1;   // x_{t+1} = (a/a') y + σ n'
        const double found = mean(y * y).item(), cross = mean(y * noisier).item();
        BOOST_TEST(std::abs(found / v - 1) < 5 * std::sqrt(2. / n));
        BOOST_TEST(std::abs(cross - last * v) < 5 * std::sqrt(v * (2 * last * last * v + process[t].sigma * process[t].sigma) / n));
    }
}

/// What is left of y when its mean is taken off depends on neither x nor x_{t+1}, and has the variance a'² σ̄² σ²/(a² σ̄² + σ²).
BOOST_AUTO_TEST_CASE(the_expected_pair_is_the_mean_given_the_data_and_the_noisier_sample) {
    const recovery_process process = recovery_code();
    philox rng{11};
    const std::size_t n = 40000;
    const reals x = std::sqrt(S) * normal<reals>({n, 1}, rng), noise = normal_like(x, rng), next = normal_like(x, rng);
    for (std::size_t t = 0; t < process.size(); ++t) {
        const recovery_step& s = process[t];
        const noise_levels levels = process.levels(std::vector<std::size_t>(n, t));
        const recovery_pair<reals> pair = diffused_pair(process, x, levels, noise, next);
        const recovery_pair<reals> expected = expected_pair(process, x, levels, pair.noisier);
        const reals left = pair.y - expected.y;
        const double before = s.total_sigma * s.total_sigma, of = s.sigma * s.sigma;
        const double variance = s.kept * s.kept * before * of / (s.signal * s.signal * before + of);
        const auto mean_of = [n](const reals& a, const reals& b) {
            return std::inner_product(a.values().begin(), a.values().end(), b.values().begin(), 0.0) / double(n);
        };
        const double bound = 4 * std::sqrt(2.0 / double(n));                        // of a mean square, in units of its value
        BOOST_TEST(std::abs(mean_of(left, left) - variance) <= bound * variance + 1e-28);
        BOOST_TEST(std::abs(mean_of(left, x)) <= bound * std::sqrt(variance * mean_of(x, x)) + 1e-14);
        BOOST_TEST(std::abs(mean_of(left, pair.noisier)) <= bound * std::sqrt(variance * mean_of(pair.noisier, pair.noisier)) + 1e-14);
        BOOST_TEST(std::ranges::equal(expected.noisier.values(), pair.noisier.values()));
    }
}

/// At a thousand levels nearly all of a gradient is the chance of the last noise; without it batches say nearly the same.
BOOST_AUTO_TEST_CASE(the_expected_form_has_the_same_gradient_with_less_scatter) {
    const recovery_process process = recovery_fine();
    philox rng{12};
    const quadratic<reals> energy = energy_of(process, 2);
    const std::size_t batches = 400, n = 64;
    const auto gradients = [&](bool expected) {
        std::vector<double> sums;
        philox own{13};
        for (std::size_t k = 0; k < batches; ++k) {
            const reals x = std::sqrt(S) * normal<reals>({n, 1}, own);
            const auto gradient = value_and_grad(recovery_denoising{process, false, expected}, energy, x, own).gradient;
            double sum = 0;                                                         // the slope along θ itself
            for (std::size_t t = 0; t < process.size(); ++t) sum += energy.theta[t] * gradient.theta[t];
            sums.push_back(sum);
        }
        return sums;
    };
    const std::vector<double> drawn = gradients(false), expected = gradients(true);
    double mean = 0, squares = 0, of_drawn = 0, of_expected = 0, drawn_mean = 0, expected_mean = 0;
    for (std::size_t k = 0; k < batches; ++k) {
        mean += (drawn[k] - expected[k]) / double(batches);
        drawn_mean += drawn[k] / double(batches), expected_mean += expected[k] / double(batches);
    }
    for (std::size_t k = 0; k < batches; ++k) {
        squares += std::pow(drawn[k] - expected[k] - mean, 2) / double(batches - 1);
        of_drawn += std::pow(drawn[k] - drawn_mean, 2), of_expected += std::pow(expected[k] - expected_mean, 2);
    }
    BOOST_TEST_MESSAGE("means " << drawn_mean << " and " << expected_mean << ", variances' ratio " << of_drawn / of_expected);
    BOOST_TEST(std::abs(mean) < 4 * std::sqrt(squares / double(batches)));
    BOOST_TEST(of_expected < of_drawn / 10);
}

BOOST_AUTO_TEST_CASE(at_the_true_energy_the_gradient_vanishes_and_elsewhere_it_points_there) {
    const recovery_process process = recovery_code(recovery_t6(), 0.1);               // the units of E
    philox rng{2};
    const reals x = std::sqrt(S) * normal<reals>({60000, 2}, rng);
    const recovery_likelihood loss{process, 1, exact_draw{process}};
    // ∂/∂θ_t = w scale (|y⁺|² - |y⁻|²)/2 over the sixth of the batch, 10,000 samples, at level t. |y|² has variance 4v² in the plane; y⁺ and y⁻ lie
    // near one x̃, so that independence overstates the error of their difference.
    const auto gradient_at = [&](double factor) {
        philox noise{7};
        return value_and_grad(loss, energy_of(process, factor), x, noise).gradient.theta;
    };
    const reals truth = gradient_at(1), low = gradient_at(0.8), high = gradient_at(1.25);
    for (std::size_t t = 0; t < 6; ++t) {
        const double v = variance_of(process[t]), error = process[t].weight * process[t].scale * 0.5 / 6 * std::sqrt(2 * 4 * v * v / 10000);
        BOOST_TEST(std::abs(truth[t]) < 5 * error, "level " << t);
        BOOST_TEST(low[t] < 0, "level " << t);                                        // θ too small: the chain spreads too far, θ must rise
        BOOST_TEST(high[t] > 0, "level " << t);
    }
}

BOOST_AUTO_TEST_CASE(the_value_with_given_samples_is_the_formula_and_its_gradient_is_right) {
    const recovery_process process = recovery_code();
    philox rng{3};
    const energy_mlp<reals> energy{2, 6, rng};
    const reals y = normal<reals>({4, 2}, rng), synthesized = normal_like(y, rng);
    const noise_levels levels = process.levels({0, 3, 5, 1});
    const reals positive = energy(y, levels), negative = energy(synthesized, levels);
    recovery_likelihood loss{process};
    for (const double penalty : {0.0, 0.3}) {
        loss.penalty = penalty;
        double expected = 0;
        for (std::size_t n = 0; n < 4; ++n)
            expected += process[levels.index[n]].weight / 4 *
                        (positive[n] - negative[n] + penalty * (positive[n] * positive[n] + negative[n] * negative[n]));
        BOOST_TEST(std::abs(loss(energy, y, synthesized, levels).item() - expected) < 1e-14);
        BOOST_TEST(gradient_error([&](const auto& model) { return loss(model, y, synthesized, levels); }, energy) < 1e-8);
    }
    for (const double wrong : {-1.0, std::numeric_limits<double>::infinity(), std::nan("")}) {
        loss.penalty = wrong;
        BOOST_CHECK_THROW(loss(energy, y, synthesized, levels), error);
    }
}

/// Of samples that chains left where the data is not: the loss falls without end with θ, and with a penalty it is least where
/// θ = Σ (h⁻ - h⁺)/(2α Σ (h⁺² + h⁻²)), h = scale y²/2.
BOOST_AUTO_TEST_CASE(with_a_penalty_an_energy_that_chains_do_not_follow_stays_bounded) {
    const recovery_process process = recovery_marginal(2e-4);
    const reals y({2, 1}, {0.1, 0.2}), synthesized({2, 1}, {1, 2});
    const noise_levels levels = process.levels({0, 0});
    double difference = 0, squares = 0;
    for (std::size_t n = 0; n < 2; ++n) {
        const double real = process[0].scale * y[n] * y[n] / 2, fake = process[0].scale * synthesized[n] * synthesized[n] / 2;
        difference += fake - real, squares += real * real + fake * fake;
    }
    const double alpha = 0.25, best = difference / (2 * alpha * squares);
    recovery_likelihood loss{process};
    const auto slope = [&](double penalty, double theta) {
        loss.penalty = penalty;
        quadratic<reals> energy = energy_of(process);
        energy.theta.write()[0] = theta;
        return value_and_grad([&](const auto& model) { return loss(model, y, synthesized, levels); }, energy).gradient.theta[0];
    };
    BOOST_TEST(std::abs(slope(alpha, best)) < 1e-12 * std::abs(slope(0, best)));
    BOOST_TEST(slope(alpha, 2 * best) > 0);
    BOOST_TEST(slope(0, 1000 * best) == slope(0, best), boost::test_tools::tolerance(1e-12));
    BOOST_TEST(slope(0, best) < 0);
}

BOOST_AUTO_TEST_CASE(no_gradient_flows_through_the_chain) {
    const recovery_process process = recovery_code();
    philox rng{4};
    const energy_mlp<reals> energy{2, 6, rng};
    const reals x = normal<reals>({5, 2}, rng);
    const recovery_likelihood loss{process, 3};
    philox one{9}, two{9};
    const auto whole = value_and_grad(loss, energy, x, one);
    const noise_levels levels = draw_levels(process, 5, two);                         // the same draws by hand
    const reals n = normal_like(x, two), next = normal_like(x, two);
    const recovery_pair<reals> pair = diffused_pair(process, x, levels, n, next);
    reals synthesized = pair.noisier;
    const recovery_conditional conditional{process, energy, pair.noisier};
    for (int k = 0; k < 3; ++k) synthesized = recovery_langevin{process}(conditional, synthesized, levels, two);
    BOOST_TEST((one == two));
    const auto parts = value_and_grad([&](const auto& model) { return loss(model, pair.y, synthesized, levels); }, energy);
    BOOST_TEST(std::abs(whole.value - parts.value) < 1e-15);
    for_each_leaf([](const auto& a, const auto& b) { BOOST_TEST(std::ranges::equal(a.values(), b.values())); }, whole.gradient, parts.gradient);
    BOOST_CHECK_THROW((recovery_likelihood{process, 0}), error);
}

BOOST_AUTO_TEST_CASE(an_energy_of_another_number_of_levels_is_refused) {
    struct of_five : quadratic<reals> {
        std::size_t levels() const { return 5; }
    };
    philox rng{4};
    const reals x = normal<reals>({3, 2}, rng);
    const auto check = [&](const auto& objective_of) {
        const recovery_process five = recovery_code(recovery_blocks(5)), six = recovery_code();
        BOOST_CHECK_NO_THROW(objective_of(five)(of_five{energy_of(five)}, x, rng));
        BOOST_CHECK_THROW(objective_of(six)(of_five{energy_of(six)}, x, rng), error);
    };
    check([](const recovery_process& process) { return recovery_likelihood{process, 1}; });
    check([](const recovery_process& process) { return recovery_denoising{process}; });
}

BOOST_AUTO_TEST_CASE(its_chains_end_between_two_moves_where_a_stop_is_asked_for) {
    const recovery_process process = recovery_code();
    philox rng{4};
    const energy_mlp<reals> energy{2, 6, rng};
    const reals x = normal<reals>({5, 2}, rng);
    std::stop_source stop;
    std::size_t moves = 0;
    const auto counted = [&](const auto& conditional, const reals& y, const noise_levels& levels, philox& own) {
        if (++moves == 3) stop.request_stop();
        return recovery_langevin{process}(conditional, y, levels, own);
    };
    const recovery_likelihood loss{process, 30, counted};
    BOOST_CHECK_THROW(loss.draw(energy, x, rng, stop.get_token()), stopped);
    BOOST_TEST(moves == 3u);
}

BOOST_AUTO_TEST_CASE(the_denoising_form_is_least_at_the_score_of_the_noisier_sample) {
    // σ² ∇f(x̃) = E[y | x̃] - x̃ = -σ²/(v + σ²) x̃, and the value there is (D/2) w v/(v + σ²): the part of n' that x̃ does not tell.
    const recovery_process process = recovery_fine(ddpm_diffusion({.steps = 3, .first = 0.1, .last = 0.4}));
    quadratic<reals> best = energy_of(process);
    double expected = 0, spread = 0;
    for (std::size_t t = 0; t < process.size(); ++t) {
        const double v = variance_of(process[t]), square = process[t].sigma * process[t].sigma, share = process[t].weight * v / (v + square);
        best.theta.write()[t] = 1 / (v + square);
        expected += share / static_cast<double>(process.size());
        spread += 2 * share * share / static_cast<double>(process.size());            // ½ χ²₂: mean and deviation 1; levels add less than share²
    }
    philox rng{5};
    const std::size_t n = 40000;
    const reals x = std::sqrt(S) * normal<reals>({n, 2}, rng);
    philox noise{8};
    const double value = recovery_denoising{process}(best, x, noise).item();
    BOOST_TEST(std::abs(value - expected) < 5 * std::sqrt(spread / n));
    for (const double factor : {0.9, 1.1}) {
        quadratic<reals> worse = best;
        worse.theta = factor * best.theta;
        philox same{8};
        BOOST_TEST(recovery_denoising{process}(worse, x, same).item() > value);
    }
}

BOOST_AUTO_TEST_CASE(the_denoising_form_trains_an_energy) {
    const recovery_process process = recovery_fine(ddpm_diffusion({.steps = 4, .first = 0.1, .last = 0.4}));
    philox rng{6};
    const energy_mlp<reals> energy{2, 6, rng};
    const reals x = normal<reals>({5, 2}, rng);
    for (const bool weighted : {true, false}) {
        const double error = gradient_error([&](const auto& model) {
            philox noise{11};
            return recovery_denoising{process, weighted}(model, x, noise);
        }, energy);
        BOOST_TEST_MESSAGE("gradient against central differences " << error);
        BOOST_TEST(error < 1e-7);
    }
}
