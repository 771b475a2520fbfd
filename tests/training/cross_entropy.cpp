// SPDX-License-Identifier: Apache-2.0
#include <ncsn/autodiff/derivatives.hpp>
#include <ncsn/training/cross_entropy.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>

using namespace ncsn;
using array = tensor<double>;

BOOST_AUTO_TEST_CASE(equal_logits_cost_the_logarithm_of_the_number_of_classes) {
    const std::vector<std::uint8_t> labels{0, 3};
    const array loss = cross_entropy(array(shape{2, 4}, 7), std::span<const std::uint8_t>{labels});
    BOOST_TEST(loss.item() == std::log(4.0), boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(the_gradient_is_probability_less_truth) {
    const std::vector<std::uint8_t> labels{2, 0};
    const array x{{2, 3}, {1, 2, 0, -1, 0.5, 3}};
    const auto f = [&](const auto& logits) { return cross_entropy(logits, std::span<const std::uint8_t>{labels}); };
    const array gradient = vjp(f, x, array(shape{}, 1)).derivative, p = softmax(x);
    for (std::size_t i = 0; i < 6; ++i) {
        const double truth = i == 2 || i == 3 ? 1 : 0;
        BOOST_TEST(gradient[i] == (p[i] - truth) / 2, boost::test_tools::tolerance(1e-13));
    }
}

BOOST_AUTO_TEST_CASE(the_prediction_is_the_largest_logit_with_its_probability) {
    const auto found = predictions(array{{2, 3}, {0, std::log(6.0), 0, std::log(2.0), 0, 0}});
    BOOST_TEST(found[0].label == 1u);
    BOOST_TEST(found[0].probability == 0.75, boost::test_tools::tolerance(1e-14));
    BOOST_TEST(found[1].label == 0u);
    BOOST_TEST(found[1].probability == 0.5, boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(a_label_that_is_no_class_is_named) {
    const std::vector<std::uint8_t> labels{1, 9};
    BOOST_CHECK_EXCEPTION(cross_entropy(array(shape{2, 4}), std::span<const std::uint8_t>{labels}), error,
                          [](const error& e) { return std::string{e.what()}.find("label 9 of sample 1; numbers below 4") != std::string::npos; });
}
