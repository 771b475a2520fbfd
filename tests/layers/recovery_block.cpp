// SPDX-License-Identifier: Apache-2.0
/// \file  The layers of the image energy: their largest singular values, what they are made of, every mode.
#include <ncsn/autodiff/advance.hpp>
#include <ncsn/layers/recovery_block.hpp>
#include <support/check_every_mode.hpp>

using namespace ncsn;

namespace {

/// The largest singular value of a weight as a matrix [out, rest], by many steps of power iteration on WᵀW.
double largest_singular_value(const reals& weight) {
    const reals matrix = weight.reshaped({weight.shape()[0], weight.shape().row_size()});
    philox rng{99};
    reals u = normal<reals>({1, weight.shape()[0]}, rng);
    double size = 0;
    for (int k = 0; k < 3000; ++k) {
        u = product(product(u, matrix, transposed::neither), matrix, transposed::right);
        size = std::sqrt(sum(square(u)).item());
        u = u / size;
    }
    return std::sqrt(size);
}

}  // namespace

BOOST_AUTO_TEST_CASE(after_many_steps_the_largest_singular_value_is_1_and_a_capped_one_at_most_1) {
    philox rng{1};
    bounded_weight<reals> weight{{6, 3, 3, 4}, rng};
    advance(weight, 2000);
    BOOST_TEST(largest_singular_value(weight()) == 1, boost::test_tools::tolerance(1e-9));
    for (const double factor : {0.01, 3.0}) {
        bounded_weight<reals, spectral_cap> capped{{6, 3, 3, 4}, rng};
        capped.weight = factor / largest_singular_value(capped.weight) * capped.weight;
        advance(capped, 2000);
        if (factor < 1) BOOST_TEST(distance(capped(), capped.weight) == 0);          // as it is, to the bit
        else BOOST_TEST(largest_singular_value(capped()) == 1, boost::test_tools::tolerance(1e-6));   // σ + 1e-6
    }
}

BOOST_AUTO_TEST_CASE(weights_start_as_the_code_has_them) {
    philox rng{2};
    const scaled_conv<reals> last{64, 32, rng};
    const bounded_conv<reals> conv{64, 32, rng};
    const double bound = std::sqrt(6.0 / (9 * 96));
    const auto largest = [](const reals& x) { return std::abs(*std::ranges::max_element(x.values(), {}, [](double v) { return std::abs(v); })); };
    BOOST_TEST(largest(conv.weights.weight) <= bound);
    BOOST_TEST(largest(conv.weights.weight) > 0.99 * bound);
    BOOST_TEST(largest(last.weights.weight) <= 1e-5 * bound);                       // √1e-10
    BOOST_TEST(largest(last.weights.weight) > 0.99e-5 * bound);
    BOOST_TEST(largest(conv.bias) == 0);
    BOOST_TEST(largest(last.scale - 1.0) == 0);
    const reals u = truncated_normal<reals>({1, 100000}, 0.02, rng);
    BOOST_TEST(largest(u) <= 0.04);
    BOOST_TEST(mean(u * u).item() == 0.02 * 0.02 * 0.7737413, boost::test_tools::tolerance(0.02));   // 1 - 4 φ(2)/(2Φ(2) - 1); 5 standard errors
}

BOOST_AUTO_TEST_CASE(a_block_is_its_formula) {
    philox rng{3};
    recovery_block<reals> block{3, 5, 8, rng};
    for (auto* bias : {&block.conv1.bias, &block.conv2.bias, &block.conv2.scale}) *bias = normal_like(*bias, rng);
    block.conv2.weights.weight = 1e5 * block.conv2.weights.weight;
    const reals x = normal<reals>({2, 4, 6, 3}, rng), e = normal<reals>({2, 8}, rng);
    const auto leaky = [](const reals& v) { return leaky_relu{0.2}(v); };
    const conv_window same = conv_settings{}.window();
    const auto unit = [](const auto& part) { return spectrally_normalized(part.weight, part.u.value, 1e-6); };
    reals inner = conv2d(leaky(x), unit(block.conv1.weights), same) + block.conv1.bias;
    const reals shift = matmul(e, unit(block.temb_proj.weights)) + block.temb_proj.bias;
    inner = inner + shift.reshaped({2, 1, 1, 5});
    const reals capped = spectrally_capped(block.conv2.weights.weight, block.conv2.weights.u.value, 1e-6);
    const reals branch = (conv2d(leaky(inner), capped, same) + block.conv2.bias) * block.conv2.scale;
    const reals expected = branch + conv2d(x, unit(block.shortcut[0].weights), same) + block.shortcut[0].bias;
    BOOST_TEST(distance(block(x, e), expected) < 1e-13);
    const recovery_block<reals> plain{5, 5, 8, rng};
    BOOST_TEST(plain.shortcut.empty());
    const reals y = normal<reals>({2, 4, 4, 5}, rng);
    BOOST_TEST(distance(plain(y, e), y) < 1e-4);                                      // it starts as nearly the identity
    BOOST_TEST(distance(plain(y, e), plain(y, reals({2, 8}))) > 0);                   // and knows the time
}

BOOST_AUTO_TEST_CASE(its_layers_work_in_every_mode) {
    philox rng{4};
    check_every_mode("bounded_conv", bounded_conv<reals>{3, 4, rng}, normal<reals>({2, 4, 4, 3}, rng));
    check_every_mode("bounded_dense", bounded_dense<reals>{3, 4, rng}, normal<reals>({5, 3}, rng));
    scaled_conv<reals> last{3, 4, rng};
    last.weights.weight = 1e6 * last.weights.weight;
    last.scale = normal_like(last.scale, rng);
    check_every_mode("scaled_conv", last, normal<reals>({2, 4, 4, 3}, rng));
    const recovery_block<reals> block{3, 4, 8, rng};
    const reals e = normal<reals>({1, 8}, rng);
    check_every_mode("recovery_block", [&](const auto& x) { return block(x, e); }, normal<reals>({2, 4, 4, 3}, rng));
}
