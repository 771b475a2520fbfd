// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the multilayer perceptron: its names, its value, and its gradient under every objective.
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/mlp.hpp>
#include <ncsn/training/denoising.hpp>
#include <ncsn/training/score_matching.hpp>
#include <ncsn/training/sliced.hpp>

#include <boost/test/unit_test.hpp>

#include <support/gradient_error.hpp>

using namespace ncsn;
using reals = tensor<double, cpu>;

namespace {

struct fixture {
    philox rng{7};
    unconditional<mlp<reals>> score{mlp<reals>{2, 6, 2, rng}};
    reals batch = normal<reals>({5, 2}, rng);
    philox noise{11};                                                                 // copied by every evaluation: the same noise every time
};
const double reached = 1e-8;                                                          // 1e-10 is measured; 2e-10 is what differences are good for

void check(const char* what, double error) {
    BOOST_TEST_MESSAGE(what << ": gradient against central differences " << error);
    BOOST_TEST(error < reached, what << ": " << error);
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_names_count_activations_as_in_the_papers_checkpoints) {
    philox rng{0};
    const mlp<tensor<float>> model{2, 128, 2, rng};
    std::vector<std::string> names, shapes;
    for_each_named([&](const std::string& name, const auto& p) {
        std::ostringstream extents;
        extents << p.shape();
        names.push_back(name), shapes.push_back(extents.str());
    }, model);
    BOOST_TEST(names == (std::vector<std::string>{"0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"}),
               boost::test_tools::per_element());
    BOOST_TEST(shapes == (std::vector<std::string>{"[128,2]", "[128]", "[128,128]", "[128]", "[2,128]", "[2]"}), boost::test_tools::per_element());
    BOOST_TEST(parameter_count(model) == 17'154u);                                   // NCSN paper, Figure 2
}

BOOST_FIXTURE_TEST_CASE(it_is_the_composition_of_affine_maps_and_softplus, fixture) {
    const auto& layers = score.network.layers;
    BOOST_TEST_REQUIRE(layers.size() == 3u);
    const reals y = score(batch);
    for (std::size_t n = 0; n < 5; ++n) {
        std::vector<double> h(batch.data() + 2 * n, batch.data() + 2 * n + 2);
        for (std::size_t k = 0; k < 3; ++k) {
            std::vector<double> next;
            for (std::size_t o = 0; o < layers[k].bias.size(); ++o) {
                double a = layers[k].bias[o];
                for (std::size_t i = 0; i < h.size(); ++i) a += layers[k].weight[o * h.size() + i] * h[i];
                next.push_back(k == 2 ? a : std::log1p(std::exp(a)));
            }
            h = next;
        }
        for (std::size_t d = 0; d < 2; ++d) BOOST_TEST(std::abs(y[2 * n + d] - h[d]) < 1e-14);
    }
}

BOOST_FIXTURE_TEST_CASE(denoising_score_matching_has_the_gradient_of_its_value, fixture) {
    for (const double power : {2.0, 0.0, 1.0}) {
        const denoising_score_matching loss{std::vector{2.0, 0.7, 0.3}, power};
        check("denoising score matching", gradient_error([&](const auto& model) {
            philox fresh = noise;
            return loss(scaled_by_noise{model}, batch, fresh);
        }, score.network));
    }
}

BOOST_FIXTURE_TEST_CASE(sliced_score_matching_has_the_gradient_of_its_value, fixture) {
    for (const slicing form : {slicing::variance_reduced, slicing::projected, slicing::unit_sphere})
        check("sliced score matching", gradient_error([&](const auto& model) {
            philox fresh = noise;
            return sliced_score_matching{form}(model, batch, fresh);
        }, score));
    check("annealed sliced score matching", gradient_error([&](const auto& model) {
        philox fresh = noise;
        return annealed_sliced_score_matching{std::vector{2.0, 0.5}}(model, batch, fresh);
    }, score));
}

BOOST_FIXTURE_TEST_CASE(exact_score_matching_has_the_gradient_of_its_value, fixture) {
    check("exact score matching", gradient_error([&](const auto& model) {
        philox fresh = noise;
        return score_matching{}(model, batch, fresh);
    }, score));
}
