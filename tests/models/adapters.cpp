// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of what adapters make of a network's output.
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/advancing.hpp>
#include <ncsn/models/diffusion_scores.hpp>
#include <ncsn/models/energy_score.hpp>
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/models/mlp.hpp>
#include <ncsn/models/nearest_level.hpp>
#include <ncsn/models/reduced_precision.hpp>
#include <ncsn/samplers/unchecked.hpp>

#include <support/files.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using reals = tensor<double>;

namespace {

/// The posterior mean of N(0, 1) at noise σ: x/(1 + σ²).
struct posterior_mean {
    auto operator()(const Differentiable auto& x, const noise_levels& z) const {
        return column(z, x, [](double sigma) { return 1 / (1 + sigma * sigma); }) * x;
    }
};
const reals x({2, 2}, {1, -2, 3, 0.5});
const noise_levels levels{{0, 1}, {2, 0.5}};

}  // namespace

static_assert(DifferentiableScore<scaled_by_noise<mlp<reals>>, reals> && DifferentiableScore<unconditional<mlp<reals>>, reals>);
static_assert(ScoreModel<from_denoiser<posterior_mean>, reals> && Module<from_denoiser<posterior_mean>>);

BOOST_AUTO_TEST_CASE(a_network_divided_by_sigma_is_a_score_at_every_level) {
    philox rng{1};
    const mlp<reals> network{2, 4, 2, rng};
    const reals f = network(x), s = scaled_by_noise{network}(x, levels), same = unconditional{network}(x, levels);
    for (std::size_t i = 0; i < 4; ++i) {
        BOOST_TEST(std::abs(s[i] - f[i] / levels.sigma[i / 2]) < 1e-15);
        BOOST_TEST(same[i] == f[i]);
    }
}

BOOST_AUTO_TEST_CASE(a_denoiser_is_a_score_and_the_score_its_denoiser) {
    const reals s = from_denoiser{posterior_mean{}}(x, levels);
    for (std::size_t i = 0; i < 4; ++i)
        BOOST_TEST(std::abs(s[i] + x[i] / (1 + levels.sigma[i / 2] * levels.sigma[i / 2])) < 1e-14);  // of N(0, 1 + σ²)
    const reals back = denoise(from_denoiser{posterior_mean{}}, x, levels), direct = posterior_mean{}(x, levels);
    for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(std::abs(back[i] - direct[i]) < 1e-14);
}

BOOST_AUTO_TEST_CASE(an_adapter_adds_nothing_to_the_names) {
    philox rng{2};
    std::vector<std::string> names;
    const scaled_by_noise model{mlp<reals>{2, 4, 2, rng}};
    for_each_named([&](const std::string& name, const auto&) { names.push_back(name); }, model);
    BOOST_TEST(names.front() == "0.weight");
    BOOST_TEST(names.back() == "4.bias");
}

namespace {

/// A network that knows three levels by their number.
struct of_three {
    static constexpr std::tuple<> members{};
    std::size_t levels() const { return 3; }
    template <Differentiable X> X operator()(const X& at, const noise_levels&) const { return -at; }
};

}  // namespace

BOOST_AUTO_TEST_CASE(an_adapter_knows_as_many_levels_as_its_network) {
    const of_three network;
    BOOST_TEST(level_count(scaled_by_noise{network}) == 3u);
    BOOST_TEST(level_count(from_denoiser{network}) == 3u);
    BOOST_TEST(level_count(parametrised{network, parametrisation::noise}) == 3u);
    BOOST_TEST(level_count(from_noise{network}) == 3u);
    BOOST_TEST(level_count(seen_through<variance_preserving>(network)) == 3u);
    BOOST_TEST(level_count(from_process<variance_preserving>(network)) == 3u);
    BOOST_TEST(level_count(as_process<variance_preserving>(network)) == 3u);
    BOOST_TEST(level_count(reduced_precision<float, of_three>{network}) == 3u);
    BOOST_TEST(level_count(score_of(network)) == 3u);
    BOOST_TEST(level_count(advancing{network}) == 3u);
    BOOST_TEST(level_count(unchecked_score<of_three>{network}) == 3u);
    BOOST_TEST(level_count(parametrised{reduced_precision<float, of_three>{network}}) == 3u);
    BOOST_TEST(level_count(nearest_level{parametrised{network}, {2, 1, 0.5}}) == 0u);   // serves any number
    BOOST_TEST(level_count(posterior_mean{}) == 0u);
    const std::string said = message_of([&] { check_count(parametrised{network}, 2, "here"); });
    BOOST_TEST(said.find("here: 2 levels for a network of 3") == 0u, said);
    BOOST_CHECK_NO_THROW(check_count(parametrised{network}, 3, "here"));
    BOOST_CHECK_THROW(require_index(noise_levels{{0, 3}, {1, 1}}, 3, "here"), error);
    BOOST_CHECK_NO_THROW(require_index(noise_levels{{0, 3}, {1, 1}}, 0, "here"));
}

BOOST_AUTO_TEST_CASE(without_noise_there_is_no_score_to_make) {
    philox rng{5};
    const mlp<reals> network{2, 3, 2, rng};
    for (const double sigma : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
        const noise_levels wrong{{0}, {sigma}};
        BOOST_CHECK_THROW(scaled_by_noise{network}(x, wrong), error);
        BOOST_CHECK_THROW(from_denoiser{posterior_mean{}}(x, wrong), error);
        BOOST_CHECK_THROW((parametrised{posterior_mean{}, parametrisation::noise}(x, wrong)), error);
        BOOST_CHECK_THROW((parametrised{posterior_mean{}, parametrisation::denoiser}(x, wrong)), error);
    }
}
