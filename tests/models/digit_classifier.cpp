// SPDX-License-Identifier: Apache-2.0
#include <ncsn/models/digit_classifier.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using array = tensor<float>;

BOOST_AUTO_TEST_CASE(it_has_the_published_number_of_parameters_and_ten_outputs) {
    philox rng{1};
    const digit_classifier<array> model{rng};
    BOOST_TEST(parameter_count(model) == 1'199'882u);
    BOOST_TEST(model(uniform<array>({3, 28, 28, 1}, 0, 1, rng)).shape() == (shape{3, 10}));
}

BOOST_AUTO_TEST_CASE(pixels_are_normalised_so_the_mean_grey_is_zero_to_the_first_layer) {
    philox rng{2};
    digit_classifier<array> model{rng};
    const auto logits = [&] { return model(array(shape{1, 28, 28, 1}, 0.1307f)); };
    const array before = logits();
    model.conv1.weight = 5.0 * model.conv1.weight;                                  // of no effect where every input of the layer is 0
    const array after = logits();
    for (std::size_t i = 0; i < 10; ++i) BOOST_TEST(after[i] == before[i], boost::test_tools::tolerance(1e-5f));
}

BOOST_AUTO_TEST_CASE(the_last_layer_makes_logits_of_its_128_features) {
    philox rng{3};
    const digit_classifier<array> model{rng};
    const auto x = uniform<array>({2, 28, 28, 1}, 0, 1, rng);
    const array features = model.features(x), logits = model(x), expected = model.fc2(features);
    BOOST_TEST(features.shape() == (shape{2, 128}));
    BOOST_TEST(*std::min_element(features.data(), features.data() + features.size()) == 0);  // of 256 numbers some are cut off
    for (std::size_t i = 0; i < logits.size(); ++i) BOOST_TEST(logits[i] == expected[i]);
}
