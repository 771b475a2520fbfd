// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the normalising constant on energies of Gaussians, where every term is known.
#include <ncsn/arrays/random.hpp>
#include <ncsn/statistics/partition_function.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using reals = tensor<double, cpu>;

namespace {

/// E(y, t) = scale_t (|y|²/2v_t - c_t): the energy of N(0, v_t I) with an arbitrary constant, ln Z_t = c_t + (D/2) ln 2π v_t.
struct gaussian_energy {
    recovery_process process;
    std::vector<double> variances, constants;
    [[maybe_unused]] static constexpr std::tuple<> members{};

    template <Differentiable X> X operator()(const X& y, const noise_levels& z) const {
        const X half = row_sum(index_column(z, y, [this](std::size_t t) { return 0.5 * process[t].scale / variances[t]; }) * (y * y));
        return half - index_column(z, half, [this](std::size_t t) { return process[t].scale * constants[t]; });
    }
};
gaussian_energy energy_of(const recovery_process& process, double S) {
    gaussian_energy energy{process, {}, {}};
    for (std::size_t t = 0; t < process.size(); ++t) {
        const recovery_step& s = process[t];
        energy.variances.push_back(s.kept * s.kept * (s.total_signal * s.total_signal * S + s.total_sigma * s.total_sigma));
        energy.constants.push_back(std::sin(static_cast<double>(t)));
    }
    return energy;
}

}  // namespace

BOOST_AUTO_TEST_CASE(on_gaussians_it_is_the_closed_form) {
    // Levels 20 % apart, exact samples of each: the estimate of ln Z₀ has a standard error of about Σ of the relative deviations/√M.
    const recovery_process process = recovery_paper(ddpm_diffusion({.steps = 7, .first = 0.05, .last = 0.2}));
    const gaussian_energy energy = energy_of(process, 0.5);
    philox rng{1};
    const std::size_t M = 40000, D = 3;
    std::vector<reals> samples;
    for (const double v : energy.variances) samples.push_back(std::sqrt(v) * normal<reals>({M, D}, rng));
    const double exact = energy.constants[0] + 0.5 * D * std::log(2 * std::numbers::pi * energy.variances[0]);
    // Relative variance of exp of ((1/u - 1/v)/2)|y|² on N(0, u): (r²/(2r - 1))^(D/2) - 1 with r = u/v, as a χ² of the ratio of the two Gaussians.
    double spread = 0;
    for (std::size_t t = 0; t < process.size(); ++t) {
        const double u = t + 1 < process.size() ? energy.variances[t + 1] : 1, r = u / energy.variances[t];
        BOOST_TEST_REQUIRE(r > 0.5);
        spread += (std::pow(r * r / (2 * r - 1), D / 2.) - 1) / static_cast<double>(M);
    }
    const partition_estimate estimate = log_partition_function(process, energy, samples, normal<reals>({M, D}, rng));
    const double found = estimate.log_z;
    BOOST_TEST_MESSAGE("ln Z " << found << ", exactly " << exact << ", standard error " << std::sqrt(spread));
    BOOST_TEST(std::sqrt(spread) < 0.02);
    BOOST_TEST(std::abs(found - exact) < 5 * std::sqrt(spread));
    BOOST_TEST(std::abs(estimate.standard_error() / std::sqrt(spread) - 1) < 0.2);     // its own error, from weights with heavy tails
    BOOST_TEST(estimate.effective.size() == process.size());
    BOOST_TEST(estimate.least_effective() > 100);
}

BOOST_AUTO_TEST_CASE(the_density_of_data_is_that_of_the_gaussian_they_come_from) {
    const recovery_process process = recovery_code();
    const double S = 0.5, v = process[0].total_signal * process[0].total_signal * S + process[0].total_sigma * process[0].total_sigma;
    const gaussian_energy energy = energy_of(process, S);
    const double log_z = energy.constants[0] + std::log(2 * std::numbers::pi * energy.variances[0]);   // D = 2
    philox rng{2};
    const reals x = normal<reals>({10, 2}, rng), found = recovery_log_density(process, energy, log_z, x);
    BOOST_TEST_REQUIRE((found.shape() == shape{10, 1}));
    for (std::size_t n = 0; n < 10; ++n) {
        const double square = x[2 * n] * x[2 * n] + x[2 * n + 1] * x[2 * n + 1];
        BOOST_TEST(std::abs(found[n] - (-square / (2 * v) - std::log(2 * std::numbers::pi * v))) < 1e-10);
    }
}

BOOST_AUTO_TEST_CASE(samples_of_every_level_are_needed) {
    const recovery_process process = recovery_code();
    BOOST_CHECK_THROW(log_partition_function(process, energy_of(process, 1), std::vector<reals>{reals({2, 2})}, reals({2, 2})), error);
    const std::vector<reals> samples(process.size(), reals({2, 2}));
    for (const double fewest : {-1.0, std::nan(""), std::numeric_limits<double>::infinity()})
        BOOST_CHECK_THROW(log_partition_function(process, energy_of(process, 1), samples, reals({2, 2}), fewest), error);
}

BOOST_AUTO_TEST_CASE(it_ends_between_two_levels_where_a_stop_is_asked_for) {
    const recovery_process process = recovery_code();
    const std::vector<reals> samples(process.size(), reals({2, 2}));
    std::stop_source stop;
    std::size_t asked = 0;
    const auto energy = [&](const reals& y, const noise_levels& z) {
        if (++asked == 4) stop.request_stop();                                        // two calls a level
        return energy_of(process, 1)(y, z);
    };
    BOOST_CHECK_THROW(log_partition_function(process, energy, samples, reals({2, 2}), 0, stop.get_token()), stopped);
    BOOST_TEST(asked == 4u);
}

BOOST_AUTO_TEST_CASE(levels_that_hardly_overlap_are_refused_unless_the_number_is_wanted_all_the_same) {
    // T6 goes from σ_t² = 0.0015 to 1 in six steps; in 100 dimensions one sample of a thousand is all there is.
    const recovery_process process = recovery_paper();
    const gaussian_energy energy = energy_of(process, 1e-4);
    philox rng{3};
    std::vector<reals> samples;
    for (const double v : energy.variances) samples.push_back(std::sqrt(v) * normal<reals>({1000, 100}, rng));
    const reals start = normal<reals>({1000, 100}, rng);
    BOOST_CHECK_EXCEPTION(log_partition_function(process, energy, samples, start), error, [](const error& reason) {
        const std::string said = reason.what();
        return said.find("of 1000 samples") != said.npos && said.find("fewest = 0") != said.npos;
    });
    const partition_estimate anyway = log_partition_function(process, energy, samples, start, 0);
    BOOST_TEST(anyway.least_effective() < 10);
    BOOST_TEST(anyway.least_effective() >= 1 - 1e-9);
    BOOST_TEST(anyway.standard_error() > 0.3);
    // Equal weights: every sample counts.
    const auto same = [](const reals& y, const noise_levels&) { return reals({y.shape()[0], 1}); };
    const recovery_process flat{{process[0], process[0]}};
    const auto whole = log_partition_function(flat, same, std::vector<reals>(2, reals({50, 2})), reals({50, 2}));
    for (const double n : whole.effective) BOOST_TEST(std::abs(n - 50) < 1e-9);
    BOOST_TEST(whole.standard_error() < 1e-6);
    BOOST_TEST(std::abs(whole.log_z - std::log(2 * std::numbers::pi)) < 1e-12);
    const auto broken = [](const reals& y, const noise_levels&) { return reals({y.shape()[0], 1}, std::nan("")); };
    BOOST_CHECK_THROW(log_partition_function(flat, broken, std::vector<reals>(2, reals({50, 2})), reals({50, 2}), 0), error);
}

BOOST_AUTO_TEST_CASE(the_estimate_rises_from_below_with_the_number_of_samples) {
    // E ln of a mean of M weights is about ln μ - r²/2M, r² the relative variance of one (Gao et al. 2021, Equations 37 and 38).
    const recovery_process process = recovery_paper(ddpm_diffusion({.steps = 4, .first = 0.05, .last = 0.2}));
    const gaussian_energy energy = energy_of(process, 0.5);
    const std::size_t D = 3, runs = 400, most = 256;
    const double exact = energy.constants[0] + 0.5 * D * std::log(2 * std::numbers::pi * energy.variances[0]);
    philox rng{4};
    double few = 0, many = 0, few_squares = 0, predicted = 0;
    for (std::size_t run = 0; run < runs; ++run) {
        std::vector<reals> weights;
        for (std::size_t t = 0; t < process.size(); ++t) {
            const double v = t + 1 < process.size() ? energy.variances[t + 1] : 1;
            weights.push_back(log_weights_of_level(process, energy, t, reals{std::sqrt(v) * normal<reals>({most, D}, rng)}));
        }
        const double at_few = partition_of_weights(weights, D, 0, 8).log_z - exact;
        const partition_estimate whole = partition_of_weights(weights, D, 0);
        few += at_few / runs, few_squares += at_few * at_few / runs, many += (whole.log_z - exact) / runs;
        for (const double variance : whole.relative_variance) predicted += variance * (most / 8.) / 2 / runs;
    }
    const double error = std::sqrt((few_squares - few * few) / runs);
    BOOST_TEST_MESSAGE("bias with 8 samples " << few << " ± " << error << ", predicted " << -predicted << "; with 256 " << many);
    BOOST_TEST(few < -3 * error);                                                    // too low, surely
    BOOST_TEST(std::abs(few + predicted) < 5 * error + 0.3 * predicted);             // by about that much; the expansion's next term is a share of it
    BOOST_TEST(std::abs(many) < std::abs(few) / 4);
}

BOOST_AUTO_TEST_CASE(an_energy_of_another_number_of_levels_is_refused) {
    struct of_three : gaussian_energy {
        std::size_t levels() const { return 3; }
    };
    const recovery_process process = recovery_paper(ddpm_diffusion({.steps = 4, .first = 0.05, .last = 0.2}));
    const of_three energy{energy_of(process, 0.5)};
    philox rng{6};
    const reals x = normal<reals>({4, 2}, rng);
    BOOST_CHECK_THROW(log_partition_function(process, energy, std::vector<reals>(4, x), x, 0), error);
    BOOST_CHECK_THROW(recovery_log_density(process, energy, 0, x), error);
}

BOOST_AUTO_TEST_CASE(bits_of_data_are_those_of_their_density_and_levels_with_noise_in_the_data_are_refused) {
    const recovery_process process = recovery_paper(ddpm_diffusion({.steps = 3, .first = 0.05, .last = 0.2}));
    const double S = 0.5;
    const gaussian_energy energy = energy_of(process, S);
    const std::size_t n = 4000, D = 2;
    const double log_z = energy.constants[0] + 0.5 * D * std::log(2 * std::numbers::pi * energy.variances[0]);
    philox rng{5};
    const reals x = std::sqrt(S) * normal<reals>({n, D}, rng);
    const bits_estimate found = bits_of_data(process, energy, {log_z, {1}, {0.04}}, x);
    const double entropy = 0.5 * std::log2(2 * std::numbers::pi * std::numbers::e * S) - std::log2(1 / 127.5);   // of one dimension
    BOOST_TEST(std::abs(found.bits - entropy) < 5 * found.standard_error);
    const double unit = 1 / (D * std::numbers::ln2);
    BOOST_TEST(std::abs(found.standard_error - unit * std::sqrt(0.04 + D / 2. / n)) < 1e-3);   // |x|²/2S has the variance D/2
    BOOST_TEST(std::abs(found.bias + 0.02 * unit) < 1e-12);
    BOOST_CHECK_EXCEPTION(bits_of_data(recovery_code(), energy_of(recovery_code(), S), {0, {1}, {0}}, x), error, [](const error& reason) {
        return std::string{reason.what()}.find("carry noise of deviation 0.01") != std::string::npos;
    });
}
