// SPDX-License-Identifier: Apache-2.0
/// \file  A network that knows ten levels, asked between and beyond them.
#include <ncsn/levels/schedule.hpp>
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/nearest_level.hpp>

#include <support/files.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;

/// Says which level it was asked at:  s(x, z) = index + 10 x.
struct speaking {
    template <Differentiable X> X operator()(const X& x, const noise_levels& z) const {
        return index_column(z, x, [](std::size_t index) { return static_cast<double>(index); }) + 10.0 * x;
    }
};
const std::vector<double> sigmas{4, 2, 1};
const nearest_level model{speaking{}, sigmas};
const array x{{2, 1}, {1, 2}};

BOOST_AUTO_TEST_CASE(at_its_own_levels_it_is_the_network) {
    for (std::size_t i = 0; i < sigmas.size(); ++i) {
        const array s = model(x, level_at(sigmas, i));
        BOOST_TEST(s[0] == static_cast<float>(i) + 10);
        BOOST_TEST(s[1] == static_cast<float>(i) + 20);
    }
}

BOOST_AUTO_TEST_CASE(between_them_the_denoised_image_of_the_next_larger_one_is_kept) {
    const double sigma = 1.5;
    const array s = model(x, noise_levels{{7}, {sigma}}), known = speaking{}(x, noise_levels{{1}, {2.0}});
    for (std::size_t i = 0; i < 2; ++i) BOOST_TEST(x[i] + sigma * sigma * s[i] == x[i] + 4 * known[i], boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(each_sample_may_have_a_level_of_its_own) {
    const array s = model(x, noise_levels{{0, 0}, {2.0, 0.5}});
    BOOST_TEST(s[0] == 11.f);
    BOOST_TEST(s[1] == 4 * 22.f);                                                   // below the last level: (1/0.5)²
}

BOOST_AUTO_TEST_CASE(along_a_direction_it_is_the_derivative) {
    const auto [value, tangent] = model(dual{x, array{{2, 1}, {1, 1}}}, noise_levels{{0}, {1.5}});
    BOOST_TEST(tangent[0] == static_cast<float>(10 * 4 / 2.25), boost::test_tools::tolerance(1e-6f));
}

BOOST_AUTO_TEST_CASE(a_level_of_another_schedule_is_refused_with_both) {
    const std::string message = message_of([] { model(x, noise_levels{{0}, {20.0}}); });
    BOOST_TEST(message.find("sigma = 20; the network was trained with 3 levels from 4 to 1") != std::string::npos, message);
    for (const double wrong : {0.0, -1.0, std::nan("")}) BOOST_TEST(message_of([&] { model(x, noise_levels{{0}, {wrong}}); }) != "");
}

BOOST_AUTO_TEST_CASE(a_parametrisation_chosen_at_run_time_is_the_adapter_of_that_name) {
    const noise_levels z{{1}, {2.0}};
    const auto f = unconditional{[](const auto& at) { return 3.0 * at; }};
    const auto same = [&](const array& a, const array& b) { BOOST_TEST(a.values() == b.values(), boost::test_tools::per_element()); };
    same(parametrised{speaking{}, parametrisation_of("score")}(x, z), speaking{}(x, z));
    same(parametrised{f, parametrisation_of("noise")}(x, z), scaled_by_noise{f}(x, z));
    same(parametrised{f, parametrisation_of("denoiser")}(x, z), from_denoiser{f}(x, z));
    BOOST_TEST(message_of([] { parametrisation_of("velocity"); }).find("score, noise (over sigma) and denoiser are known") != std::string::npos);
}
