// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of sliced score matching: its three forms at scores that are known, given levels and slices, and an energy trained through it.
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/energy_score.hpp>
#include <ncsn/models/mlp.hpp>
#include <ncsn/training/score_matching.hpp>
#include <ncsn/training/sliced.hpp>

#include <boost/test/unit_test.hpp>

#include <support/gradient_error.hpp>
#include <support/moments.hpp>

using namespace ncsn;
using reals = tensor<double, cpu>;

namespace {

/// The exact score of N(0, diag(1/p)): s = -p x. Every level alike.
struct gaussian_score {
    reals precision;
    template <Differentiable X> X operator()(const X& x, const noise_levels&) const { return -(x * precision); }
};
const gaussian_score score{reals({1, 3}, {4, 1, 0.25})};                              // tr S⁻¹ = 5.25

reals data(std::size_t n, philox& rng) { return reals({1, 3}, {0.5, 1, 2}) * normal<reals>({n, 3}, rng); }

/// Mean and its standard error over n slices.
struct estimate { double mean, error; };
estimate terms(slicing form, const reals& x, philox& rng) {
    const auto m = element_moments_of(sliced_terms(score, x, normal_like(x, rng), no_noise, form));
    return {m.mean, std::sqrt(m.variance / static_cast<double>(x.shape()[0]))};
}

}  // namespace

static_assert(Objective<sliced_score_matching, gaussian_score, reals> && Objective<score_matching, gaussian_score, reals>);

BOOST_AUTO_TEST_CASE(all_forms_have_the_expectation_of_score_matching_and_the_unit_sphere_one_a_dimension_th_of_it) {
    philox rng{1};
    const reals x = data(200000, rng);
    const auto projected = terms(slicing::projected, x, rng), reduced = terms(slicing::variance_reduced, x, rng),
               sphere = terms(slicing::unit_sphere, x, rng);
    BOOST_TEST(std::abs(projected.mean + 5.25 / 2) < 5 * projected.error);
    BOOST_TEST(std::abs(reduced.mean + 5.25 / 2) < 5 * reduced.error);
    BOOST_TEST(std::abs(sphere.mean + 5.25 / 6) < 5 * sphere.error);
    BOOST_TEST((5 * projected.error < 0.1));                                          // the statements above are sharp
    BOOST_TEST(std::abs(score_matching{}(score, x, rng).item() + 5.25 / 2) < 0.05);
}

BOOST_AUTO_TEST_CASE(one_slice_is_the_formula) {
    philox rng{2};
    const reals x = data(7, rng), v = normal_like(x, rng);
    for (std::size_t n = 0; n < 7; ++n) {
        double curvature = 0, along = 0, square = 0, length = 0;
        for (std::size_t d = 0; d < 3; ++d) {
            const double p = score.precision[d], s = -p * x[3 * n + d], w = v[3 * n + d];
            curvature -= w * p * w, along += w * s, square += s * s, length += w * w;
        }
        const auto at = [&](slicing form) { return sliced_terms(score, x, v, no_noise, form)[n]; };
        BOOST_TEST(std::abs(at(slicing::projected) - (curvature + along * along / 2)) < 1e-12);
        BOOST_TEST(std::abs(at(slicing::variance_reduced) - (curvature + square / 2)) < 1e-12);
        BOOST_TEST(std::abs(at(slicing::unit_sphere) - (curvature + along * along / 2) / length) < 1e-12);
    }
}

BOOST_AUTO_TEST_CASE(images_are_sliced_over_all_their_pixels) {
    philox rng{3};
    const reals x = normal<reals>({4, 2, 2, 3}, rng), v = normal_like(x, rng);
    const gaussian_score unit{reals({1}, {1})};
    for (const slicing form : {slicing::projected, slicing::variance_reduced, slicing::unit_sphere}) {
        const reals one = sliced_terms(unit, x, v, no_noise, form),
                    other = sliced_terms(unit, x.reshaped({4, 12}), v.reshaped({4, 12}), no_noise, form);
        BOOST_TEST((one.shape() == shape{4, 1}));
        for (std::size_t n = 0; n < 4; ++n) BOOST_TEST(std::abs(one[n] - other[n]) < 1e-13);
    }
}

BOOST_AUTO_TEST_CASE(the_annealed_form_weighs_each_level_by_its_variance) {
    philox rng{4};
    const reals x = data(4, rng), z = normal_like(x, rng), v = normal_like(x, rng);
    const noise_levels levels{{1, 0, 1, 1}, {0.5, 2, 0.5, 0.5}};
    const annealed_sliced_score_matching loss{std::vector{2.0, 0.5}};
    double expected = 0;
    for (std::size_t n = 0; n < 4; ++n)
        for (std::size_t d = 0; d < 3; ++d) {
            const double sigma = levels.sigma[n], p = score.precision[d], s = -p * (x[3 * n + d] + sigma * z[3 * n + d]), w = v[3 * n + d];
            expected += sigma * sigma * (-p * w * w + s * s / 2) / 4;
        }
    BOOST_TEST(std::abs(loss(score, x, levels, z, v).item() - expected) < 1e-12);
}

BOOST_AUTO_TEST_CASE(a_network_that_knows_its_levels_by_number_learns_at_as_many) {
    struct of_two : gaussian_score {
        std::size_t levels() const { return 2; }
    };
    philox rng{8};
    const reals x = data(2, rng);
    BOOST_CHECK_NO_THROW((annealed_sliced_score_matching{std::vector{2.0, 1.0}}(of_two{score}, x, rng)));
    BOOST_CHECK_THROW((annealed_sliced_score_matching{std::vector{2.0, 1.0, 0.5}}(of_two{score}, x, rng)), error);
}

BOOST_AUTO_TEST_CASE(it_trains_an_energy_to_third_order) {
    philox rng{7};
    const auto energy = score_of(unconditional{mlp<reals>{2, 6, 1, rng}});
    const reals x = normal<reals>({5, 2}, rng);
    for (const slicing form : {slicing::variance_reduced, slicing::projected}) {
        const double error = gradient_error([&](const auto& model) {
            philox noise{11};
            return sliced_score_matching{form}(model, x, noise);
        }, energy);
        BOOST_TEST_MESSAGE("gradient against central differences " << error);
        BOOST_TEST(error < 1e-8);                                                     // 2e-11 is measured
    }
}
