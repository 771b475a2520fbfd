// SPDX-License-Identifier: Apache-2.0
/// \file  A model that moves on in every call: after n calls it is where n steps lead, and its copies share that.
#include <ncsn/layers/spectral_norm.hpp>
#include <ncsn/models/advancing.hpp>
#include <ncsn/models/energy_score.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace ncsn;
using reals = tensor<double, cpu>;

namespace {

/// E = the sum of a spectral layer's squares.
template <class P> struct layer_energy {
    spectral_dense<P> layer;
    static constexpr std::tuple members{field{"layer", &layer_energy::layer}};
    auto operator()(const Differentiable auto& x, const noise_levels&) const { return row_sum(square(layer(x))); }
};
bool same(const reals& a, const reals& b) { return std::ranges::equal(a.values(), b.values()); }

}  // namespace

static_assert(EnergyModel<advancing<layer_energy<reals>>, reals> && EnergyModel<advancing<layer_energy<reals>>, var<reals>>);

BOOST_AUTO_TEST_CASE(each_call_sees_what_the_call_before_left) {
    philox rng{1};
    layer_energy<reals> model{{3, 4, rng}};
    const reals x = normal<reals>({5, 3}, rng);
    const advancing walking{model}, copy{walking};
    for (int call = 0; call < 4; ++call) {
        BOOST_TEST(same(call % 2 == 0 ? walking(x, no_noise) : copy(x, no_noise), model(x, no_noise)));
        advance(model);
    }
    const reals slope = score_of(walking)(x, no_noise);                               // one evaluation of the energy
    BOOST_TEST(same(slope, score_of(model)(x, no_noise)));
    advance(model);
    BOOST_TEST(same(walking.model->layer.u0.value, model.layer.u0.value));
}
