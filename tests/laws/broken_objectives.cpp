// SPDX-License-Identifier: Apache-2.0
/// \file  Objectives with one mistake each fail the checks that the true ones pass. docs/decisions/laws.md lists them.
#include <ncsn/training/denoising.hpp>
#include <ncsn/training/score_matching.hpp>
#include <ncsn/training/sliced.hpp>

#include <boost/test/unit_test.hpp>

#include <support/objective_laws.hpp>

using namespace ncsn;
using reals = tensor<double, cpu>;

namespace {

const std::vector<double> schedule{2, 1, 0.4};

/// Whether an objective fails the named check; "" for any.
bool rejected_by(const std::string& check, const claim& claimed, const auto& loss) {
    const std::string found = objective_failures(claimed, loss, plane_gaussian());
    BOOST_TEST_MESSAGE(claimed.name << " -> " << found);
    return !found.empty() && found.find(check) != std::string::npos;
}
/// Denoising score matching, p = 2, with the parts that a mistake may change: levels, what is seen, what it is compared with, the weight.
bool denoising_rejected_by(const std::string& check, std::string name, const auto& residual, const auto& weight) {
    return rejected_by(check, claims_denoising(std::move(name), schedule, 2, 2), [&](const auto& score, const reals& x, philox& rng) {
        const noise_levels levels = draw_levels(schedule, x.shape()[0], rng);
        const reals z = normal_like(x, rng), left = residual(score, x, levels, column(levels, x), z, rng), squares = row_dot(left, left);
        return mean_over_batch(column(levels, squares, weight) * squares);
    });
}
const auto half = [](double) { return 0.5; };
const auto right_residual = [](const auto& score, const reals& x, const noise_levels& levels, const reals& sigma, const reals& z, philox&) {
    return sigma * score(reals{x + sigma * z}, levels) + z;
};
/// Exact or sliced score matching with a term for curvature and one for length.
bool matching_rejected_by(const std::string& check, std::string name, const auto& terms) {
    return rejected_by(check, claims_score_matching(std::move(name)), [&](const auto& score, const reals& x, philox& rng) {
        return mean_over_batch(terms(score, x, rng));
    });
}

}  // namespace

BOOST_AUTO_TEST_CASE(denoising_score_matching_with_a_mistake_is_rejected) {
    BOOST_TEST(!denoising_rejected_by("", "no mistake", right_residual, half));
    BOOST_TEST(denoising_rejected_by("gradient", "sign of the noise", [](const auto& score, const reals& x, const noise_levels& l, const reals& sigma,
                                                                         const reals& z, philox&) {
        return sigma * score(reals{x + sigma * z}, l) - z;
    }, half));
    BOOST_TEST(denoising_rejected_by("gradient", "sigma squared for sigma", [](const auto& score, const reals& x, const noise_levels& l,
                                                                               const reals& sigma, const reals& z, philox&) {
        return sigma * sigma * score(reals{x + sigma * z}, l) + z;
    }, half));
    BOOST_TEST(denoising_rejected_by("gradient", "noise that does not match", [](const auto& score, const reals& x, const noise_levels& l,
                                                                                 const reals& sigma, const reals& z, philox& rng) {
        return sigma * score(reals{x + sigma * z}, l) + normal_like(x, rng);
    }, half));
    BOOST_TEST(denoising_rejected_by("gradient", "score of the clean sample", [](const auto& score, const reals& x, const noise_levels& l,
                                                                                 const reals& sigma, const reals& z, philox&) {
        return sigma * score(x, l) + z;
    }, half));
    BOOST_TEST(denoising_rejected_by("gradient", "level of another sample", [](const auto& score, const reals& x, const noise_levels& l,
                                                                               const reals& sigma, const reals& z, philox&) {
        noise_levels other = l;
        std::rotate(other.index.begin(), other.index.begin() + 1, other.index.end());
        std::rotate(other.sigma.begin(), other.sigma.begin() + 1, other.sigma.end());
        return sigma * score(reals{x + sigma * z}, other) + z;
    }, half));
    BOOST_TEST(denoising_rejected_by("curvature", "weights of the power 1", right_residual, [](double sigma) { return 0.5 / sigma; }));
    BOOST_TEST(denoising_rejected_by("curvature", "weights of the power 3", right_residual, [](double sigma) { return 0.5 * sigma; }));
    BOOST_TEST(denoising_rejected_by("value", "no half", right_residual, [](double) { return 1.0; }));
    BOOST_TEST(rejected_by("curvature", claims_denoising("one level for the whole batch's weight", schedule, 2, 2),
                           [](const auto& score, const reals& x, philox& rng) {
        const noise_levels levels = draw_levels(schedule, x.shape()[0], rng);
        const reals z = normal_like(x, rng), sigma = column(levels, x), left = score(reals{x + sigma * z}, levels) + z / sigma;
        return (0.5 * levels.sigma[0] * levels.sigma[0]) * mean_over_batch(row_dot(left, left));
    }));
}

BOOST_AUTO_TEST_CASE(exact_score_matching_with_a_mistake_is_rejected) {
    const auto with = [](double trace_share, double square_share) {
        return [=](const auto& score, const reals& x, philox&) {
            const auto [s, trace] = divergence([&](const auto& at) { return score(at, no_noise); }, x);
            return reals{trace_share * trace + square_share * row_dot(s, s)};
        };
    };
    BOOST_TEST(!matching_rejected_by("", "no mistake", with(1, 0.5)));
    BOOST_TEST(matching_rejected_by("gradient", "no trace", with(0, 0.5)));
    BOOST_TEST(matching_rejected_by("gradient", "trace with the wrong sign", with(-1, 0.5)));
    BOOST_TEST(matching_rejected_by("gradient", "no half, as one report prints it", with(1, 1)));
    BOOST_TEST(matching_rejected_by("curvature", "twice everything", with(2, 1)));
    BOOST_TEST(matching_rejected_by("gradient", "one coordinate of the trace", [](const auto& score, const reals& x, philox&) {
        const auto [s, along] = score(dual{x, place_columns(reals({x.shape()[0], 1}, 1), 0, 2)}, no_noise);
        return reals{columns(along, 0, 1) + 0.5 * row_dot(s, s)};
    }));
}

BOOST_AUTO_TEST_CASE(sliced_score_matching_with_a_mistake_is_rejected) {
    const auto along = [](const auto& direction, double square_share, bool projected) {
        return [=](const auto& score, const reals& x, philox& rng) {
            const reals v = direction(x, rng);
            const auto [s, derivative] = score(dual{x, v}, no_noise);
            const reals dot = row_dot(s, v);
            return reals{row_dot(derivative, v) + square_share * (projected ? dot * dot : row_dot(s, s))};
        };
    };
    const auto gaussian = [](const reals& x, philox& rng) { return normal_like(x, rng); };
    const auto unit = [](const reals& x, philox& rng) {
        const reals v = normal_like(x, rng);
        return reals{v * inverse_sqrt(row_dot(v, v))};
    };
    for (const bool projected : {true, false}) BOOST_TEST(!matching_rejected_by("", "no mistake", along(gaussian, 0.5, projected)));
    BOOST_TEST(matching_rejected_by("gradient", "unit projections in the variance-reduced form", along(unit, 0.5, false)));
    BOOST_TEST(matching_rejected_by("curvature", "unit projections taken for Gaussian ones", along(unit, 0.5, true)));
    BOOST_TEST(matching_rejected_by("gradient", "uniform projections", along([](const reals& x, philox& rng) {
        return uniform<reals>(x.shape(), -1, 1, rng);
    }, 0.5, false)));
    BOOST_TEST(matching_rejected_by("gradient", "positive projections", along([](const reals& x, philox& rng) {
        const reals v = normal_like(x, rng);
        return reals{sqrt(v * v)};
    }, 0.5, false)));
    BOOST_TEST(matching_rejected_by("gradient", "no half", along(gaussian, 1, true)));
    BOOST_TEST(matching_rejected_by("gradient", "curvature along another projection", [](const auto& score, const reals& x, philox& rng) {
        const reals v = normal_like(x, rng), w = normal_like(x, rng);
        const auto [s, derivative] = score(dual{x, v}, no_noise);
        return reals{row_dot(derivative, w) + 0.5 * row_dot(s, s)};
    }));
}

BOOST_AUTO_TEST_CASE(annealed_sliced_score_matching_with_a_mistake_is_rejected) {
    const auto with = [](const auto& weight, bool noisy) {
        return [=](const auto& score, const reals& x, philox& rng) {
            const noise_levels levels = draw_levels(schedule, x.shape()[0], rng);
            const reals z = normal_like(x, rng), v = normal_like(x, rng), at = noisy ? reals{x + column(levels, x) * z} : x;
            const auto [s, derivative] = score(dual{at, v}, levels);
            const reals terms = row_dot(derivative, v) + 0.5 * row_dot(s, s);
            return mean_over_batch(column(levels, terms, weight) * terms);
        };
    };
    const auto square = [](double sigma) { return sigma * sigma; };
    BOOST_TEST(!rejected_by("", claims_annealed_slicing("no mistake", schedule), with(square, true)));
    BOOST_TEST(rejected_by("curvature", claims_annealed_slicing("weights sigma", schedule), with([](double sigma) { return sigma; }, true)));
    BOOST_TEST(rejected_by("curvature", claims_annealed_slicing("no weights", schedule), with([](double) { return 1.0; }, true)));
    BOOST_TEST(rejected_by("gradient", claims_annealed_slicing("clean samples", schedule), with(square, false)));
}
