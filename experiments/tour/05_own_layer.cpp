// SPDX-License-Identifier: Apache-2.0
/// \file  Tour, 5: a layer of one's own. It is all that the score of a Gaussian with independent coordinates needs: -(x - m)/σ².
#include <ncsn/ncsn.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;

/// y = x ⊙ scale + shift, one pair of numbers a coordinate.   x: [N, D] -> [N, D].
template <class P> struct affine {
    P scale;  ///< [D]
    P shift;  ///< [D]
    static constexpr std::tuple members{field{"scale", &affine::scale}, field{"shift", &affine::shift}};
    auto operator()(const Differentiable auto& x) const { return x * scale + shift; }
};

int main() {
    philox rng{5};
    const gaussian_mixture<array> data({{1.0, {1, -2}}}, 2);                        // m = (1, -2), σ = 2: scale -1/4, shift (1/4, -1/2)
    unconditional model{affine<array>{array{{2}}, array{{2}}}};
    training_state state{std::move(model), {}, 0.99, rng};
    drawn_from batches{data, 256};
    trainer{gradient_step{sliced_score_matching{}, cosine_rate{1e-2, 2000}}, {.steps = 2000}}(state, batches);
    std::cout << "scale " << state.model.network.scale << "  shift " << state.model.network.shift << '\n';
}
