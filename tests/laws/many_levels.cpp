// SPDX-License-Identifier: Apache-2.0
/// \file  Samplers that run through a schedule sample what they say, on every target.
#include <ncsn/models/diffusion_scores.hpp>
#include <ncsn/samplers/consistent.hpp>
#include <ncsn/samplers/denoised.hpp>
#include <ncsn/samplers/inpainting.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/samplers/predictor_corrector.hpp>
#include <ncsn/samplers/probability_flow.hpp>

#include <boost/test/unit_test.hpp>

#include <support/laws.hpp>

using namespace ncsn;

namespace {

consistent with_eta(double eta, const geometric& schedule) {
    const double last = schedule[schedule.size() - 1];
    return {full_step(eta * last * last)};
}
/// A little above 1 - γ, the least that fits the small steps of the fine schedule. (With a fixed η the law of a broad target is missed by about η/2
/// however fine the schedule is.)
const double fine_eta = 1.2 * (1 - fine_schedule[1] / fine_schedule[0]);

}  // namespace

BOOST_AUTO_TEST_CASE(annealed_langevin_dynamics_has_the_law_of_its_steps) {
    // On mixtures the schedule ends at 0.6: below the width of a component its chains freeze, and only very many moves would not show it.
    const double small = 0.01;
    const geometric to_middle{{.first = 1, .last = 0.6, .levels = 3}};
    subject als = from_runs("annealed langevin", annealed{coarse_schedule, repeat{3, langevin{full_step(0.002)}}},
                            over_levels_law(coarse_schedule, times(3, langevin_law(0.002))),
                            annealed{to_middle, repeat{200, langevin{full_step(small)}}},
                            over_levels_law(to_middle, times(200, langevin_law(small))));
    als.fine_starts = 1;
    als.ends = 0.6;
    BOOST_TEST(failures(als) == "");
}

BOOST_AUTO_TEST_CASE(consistent_annealed_sampling_has_the_law_of_its_steps) {
    BOOST_TEST(failures(over_levels("consistent", with_eta(0.5, coarse_schedule), consistent_law(0.5), with_eta(fine_eta, fine_schedule),
                                    consistent_law(fine_eta))) == "");
}

BOOST_AUTO_TEST_CASE(steps_against_the_diffusion_have_the_law_of_their_steps) {
    BOOST_TEST(failures(over_levels("ancestral", ancestral{}, reverse_law(true))) == "");
    BOOST_TEST(failures(over_levels("reverse diffusion", reverse_diffusion, reverse_law(false))) == "");
}

BOOST_AUTO_TEST_CASE(the_steps_of_ddpm_have_their_law_in_their_own_coordinates) {
    for (const bool posterior : {true, false}) {
        const ddpm_step transition{posterior ? reverse_variance::posterior : reverse_variance::forward};
        const auto run = [transition](const geometric& schedule) {
            return [=](const target& t, const points& x0, philox& rng) {
                const annealed sampler{schedule, transition};
                return sampler(as_process<variance_preserving>(t), points{variance_preserving::signal(schedule[0]) * x0}, rng);
            };
        };
        BOOST_TEST(failures(from_runs("ddpm", run(coarse_schedule), over_levels_law(coarse_schedule, preserving_law(posterior)), run(fine_schedule),
                                      over_levels_law(fine_schedule, preserving_law(posterior)))) == "");
    }
}

BOOST_AUTO_TEST_CASE(the_probability_flow_has_the_law_of_its_rule) {
    BOOST_TEST(failures(over_levels("heun", probability_flow{}, flow_law(), second_order_schedule)) == "");
    BOOST_TEST(failures(over_levels("runge-kutta", probability_flow{runge_kutta_rule{}}, flow_law(true), second_order_schedule)) == "");
}

BOOST_AUTO_TEST_CASE(the_flow_with_churn_has_the_law_of_its_steps) {
    BOOST_TEST(failures(over_levels("edm", edm{.gamma = 0.2}, churn_law(0.2), edm{.gamma = 0.05}, churn_law(0.05),
                                    second_order_schedule)) == "");
}

BOOST_AUTO_TEST_CASE(predictor_and_corrector_have_the_law_of_both) {
    const auto transition = [](double epsilon) { return predictor_corrector{reverse_diffusion, repeat{2, langevin{full_step(epsilon)}}}; };
    const auto law = [](double epsilon) { return then(times(2, langevin_law(epsilon)), reverse_law(false)); };
    BOOST_TEST(failures(over_levels("predictor-corrector", transition(0.003), law(0.003), transition(1e-6), law(1e-6))) == "");
}

BOOST_AUTO_TEST_CASE(the_denoised_sample_has_the_law_of_the_posterior_mean) {
    // H contracts a deviation of the sample by S/(S + σ²), σ = σ_L at the sample, and at the point of the last score the same without the last move.
    const auto denoising = [](run_law law, const geometric& schedule) {
        return [=](double variance, axis_state s) {
            const double square = schedule[schedule.size() - 1] * schedule[schedule.size() - 1];
            return moved(law(variance, s), variance / (variance + square));
        };
    };
    const auto all_but_the_last = [](const geometric& schedule, step_law law) {
        return [=](double variance, axis_state s) {
            for (std::size_t i = 0; i + 1 < schedule.size(); ++i) s = law(variance, level_at(schedule, i), s);
            return s;
        };
    };
    for (const denoising_point point : {denoising_point::after_last_move, denoising_point::before_last_move}) {
        const auto law = [&](const geometric& schedule, double eta) {
            return denoising(point == denoising_point::after_last_move ? over_levels_law(schedule, consistent_law(eta))
                                                                       : run_law{all_but_the_last(schedule, consistent_law(eta))}, schedule);
        };
        BOOST_TEST(failures(from_runs("denoised", denoised{annealed{coarse_schedule, with_eta(0.5, coarse_schedule)}, point},
                                      law(coarse_schedule, 0.5), denoised{annealed{fine_schedule, with_eta(fine_eta, fine_schedule)}, point},
                                      law(fine_schedule, fine_eta))) == "");
    }
}

BOOST_AUTO_TEST_CASE(a_hidden_coordinate_that_depends_on_a_known_one_gets_its_conditional_law) {
    // Known: x₁ = 0.8 + σ_L z. With the precision P of the data seen through σ_L the Langevin step a = ε moves x₂ about m₂ - (x₁ - m₁) P₂₁/P₂₂.
    const target& t = all_targets()[1];
    const double sigma = 0.4, known = 0.8, a = 0.05;
    const normal_mixture data = along_axes(t, {0, 0}, {t.variances[0] + sigma * sigma, t.variances[1] + sigma * sigma});
    const double A = data.covariance(0, 0), B = data.covariance(0, 1), C = data.covariance(1, 1), det = A * C - B * B;
    const double P11 = C / det, P12 = -B / det, P22 = A / det, slope = P12 / P22, m1 = data.mean(0), m2 = data.mean(1);
    BOOST_TEST_REQUIRE(std::abs(slope) > 0.3);
    const auto run = [&](imposing when) {
        philox rng{2026};
        const inpainting transition{points({1, 2}, {1, 0}), points({1, 2}, {static_cast<float>(known), 0}), 200, langevin{full_step(a)}, when};
        return annealed{geometric{{.first = 2, .last = sigma, .levels = 4}}, transition}(t, normal<points>({chains, 2}, rng), rng);
    };
    {   // one noisy x₁ for the whole level
        const double square = sigma * sigma, rests = 1 / P22 / (1 - a * P22 / 2);
        const normal_mixture law{{{1, {known, m2 - slope * (known - m1)},
                                   {square, -slope * square, -slope * square, slope * slope * square + rests}}}};
        BOOST_TEST(counted(failed_checks(run(imposing::once_a_level), law)).empty());
    }
    {   // a new one before every move: x₂ sees independent x₁, and the last move changes both
        const double square = sigma * sigma, kept = 1 - a * P22, V = (a * a * P12 * P12 * square + 2 * a) / (1 - kept * kept);
        const double d1 = known - m1, d2 = -slope * d1, F = 1 - a * P11, G = -a * P12;
        const double cross = F * G * square + G * kept * V;
        const normal_mixture law{{{1, {m1 + F * d1 + G * d2, m2 + G * d1 + kept * d2},
                                   {F * F * square + G * G * V + 2 * a, cross, cross, G * G * square + kept * kept * V + 2 * a}}}};
        BOOST_TEST(counted(failed_checks(run(imposing::before_every_move), law)).empty());
    }
}

BOOST_AUTO_TEST_CASE(with_one_move_a_level_algorithm_2_as_printed_and_as_coded_have_laws_of_their_own) {
    // x₂ - m₂ <- (1 - a P₂₂)(x₂ - m₂) - a P₂₁ (x₁ - m₁) + √(2a) z with the x₁ that is there; imposed, it is N(known, σᵢ²) and independent of x₂.
    const target& t = all_targets()[1];
    const double known = 3, epsilon = 0.2;
    const geometric schedule{{.first = 2, .last = 0.4, .levels = 3}};
    const auto law = [&](imposing when) {
        double mean1 = 0, mean2 = 0, C11 = 1, C12 = 0, C22 = 1;                      // of the start
        for (const double sigma : schedule) {
            const auto impose = [&] { mean1 = known, C11 = sigma * sigma, C12 = 0; };
            if (when == imposing::once_a_level) impose();
            const normal_mixture data = along_axes(t, {0, 0}, {t.variances[0] + sigma * sigma, t.variances[1] + sigma * sigma});
            const double A = data.covariance(0, 0), B = data.covariance(0, 1), C = data.covariance(1, 1), det = A * C - B * B;
            const double a = epsilon * sigma * sigma / (0.4 * 0.4), kept = 1 - a * A / det, pull = a * B / det;   // P₂₂ = A/det, P₂₁ = -B/det
            mean2 = data.mean(1) + kept * (mean2 - data.mean(1)) + pull * (mean1 - data.mean(0));
            C22 = kept * kept * C22 + 2 * kept * pull * C12 + pull * pull * C11 + 2 * a;
            C12 = kept * C12 + pull * C11;                                           // where x₁ stays
            if (when == imposing::after_every_move) impose();
        }
        return normal_mixture{{{1, {mean1, mean2}, {C11, C12, C12, C22}}}};
    };
    const auto run = [&](imposing when) {
        philox rng{2027};
        const inpainting held{points({1, 2}, {1, 0}), points({1, 2}, {static_cast<float>(known), 0}), 1, langevin{full_step(epsilon)}, when};
        return annealed{schedule, held}(t, normal<points>({chains, 2}, rng), rng);
    };
    const normal_mixture as_coded = law(imposing::once_a_level), as_printed = law(imposing::after_every_move);
    const points coded = run(imposing::once_a_level), printed = run(imposing::after_every_move);
    BOOST_TEST(counted(failed_checks(coded, as_coded)).empty());
    BOOST_TEST(counted(failed_checks(printed, as_printed)).empty());
    BOOST_TEST(!failed_checks(coded, as_printed).empty());
    BOOST_TEST(!failed_checks(printed, as_coded).empty());
}

BOOST_AUTO_TEST_CASE(as_many_runs_were_made_as_share_the_level_of_the_distribution) { BOOST_TEST(runs_counted == true_runs::many_levels); }
