// SPDX-License-Identifier: Apache-2.0
/// \file  Self-attention over positions.
#include <ncsn/layers/attention.hpp>
#include <support/check_every_mode.hpp>

using namespace ncsn;

namespace {

constexpr std::size_t N = 2, P = 6, C = 4;

attention_block<reals> some_block() {
    philox rng{1};
    attention_block<reals> block{C, rng, {.groups = 2, .epsilon = 1e-6}};
    for (auto* map : {&block.Q, &block.K, &block.V, &block.OUT}) map->weights = normal<reals>({C, C}, rng), map->bias = normal<reals>({C}, rng);
    return block;
}

/// The definition, one query at a time.
reals slowly(const attention_block<reals>& block, const reals& x) {
    const reals h = block.normalize(x), q = block.Q(h), k = block.K(h), v = block.V(h);
    reals seen(x.shape());
    for (std::size_t n = 0; n < N; ++n)
        for (std::size_t i = 0; i < P; ++i) {
            double total = 0;
            std::vector<double> weight(P);
            for (std::size_t j = 0; j < P; ++j) {
                double dot = 0;
                for (std::size_t c = 0; c < C; ++c) dot += q[(n * P + i) * C + c] * k[(n * P + j) * C + c];
                total += weight[j] = std::exp(dot / std::sqrt(static_cast<double>(C)));
            }
            for (std::size_t j = 0; j < P; ++j)
                for (std::size_t c = 0; c < C; ++c) seen.write()[(n * P + i) * C + c] += weight[j] / total * v[(n * P + j) * C + c];
        }
    return x + block.OUT(seen);
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_position_sees_the_softmax_weighted_values_of_all) {
    const attention_block<reals> block = some_block();
    philox rng{2};
    const reals x = normal<reals>({N, 2, 3, C}, rng);
    BOOST_TEST(distance(block(x), slowly(block, x)) < 1e-13);
    check_every_mode("attention_block", block, x);
}

BOOST_AUTO_TEST_CASE(the_bias_of_the_keys_changes_nothing) {                          // softmax is shift invariant
    attention_block<reals> block = some_block();
    philox rng{3};
    const reals x = normal<reals>({N, 2, 3, C}, rng), before = block(x);
    block.K.bias = 3.0 * normal<reals>({C}, rng);
    BOOST_TEST(distance(block(x), before) < 1e-13);
}

BOOST_AUTO_TEST_CASE(a_new_block_is_nearly_the_identity) {
    philox rng{4};
    const attention_block<reals> block{32, rng};
    const reals x = normal<reals>({1, 4, 4, 32}, rng);
    BOOST_TEST(distance(block(x), x) < 1e-4);                                        // OUT starts at 1e-5 of the others
}
