// SPDX-License-Identifier: Apache-2.0
/// \file  How an image comes into a network of features, and how images are divided among threads.
#include <support/scattered.hpp>

#include <ncsn/autodiff/functions.hpp>
#include <ncsn/models/feature_network.hpp>

#include <omp.h>

using namespace ncsn;
using A = tensor<double>;

BOOST_AUTO_TEST_CASE(an_input_lies_at_half_pixels_and_not_beyond_the_outermost) {
    const image_input plain{7, {0, 0, 0}, {1, 1, 1}};
    A ramp({1, 3, 5, 3});                                                           // 100 row + column, and three times it, and its negative
    for (std::size_t row = 0; row < 3; ++row)
        for (std::size_t column = 0; column < 5; ++column)
            for (std::size_t c = 0; c < 3; ++c) {
                constexpr double of[] = {1, 3, -1};
                ramp.write()[(row * 5 + column) * 3 + c] = of[c] * (100. * double(row) + double(column));
            }
    const A y = prepared(ramp, plain);
    BOOST_TEST(y.shape() == (shape{1, 7, 7, 3}));
    const auto place = [](std::size_t o, double from) { return std::clamp((double(o) + 0.5) * from / 7 - 0.5, 0.0, from - 1); };
    for (std::size_t a = 0; a < 7; ++a)
        for (std::size_t b = 0; b < 7; ++b) {
            const double expected = 100 * place(a, 3) + place(b, 5);                // bilinear in the places: the ramp itself
            const double* found = y.data() + (a * 7 + b) * 3;
            BOOST_TEST(found[0] == expected, boost::test_tools::tolerance(1e-13));
            BOOST_TEST(found[1] == 3 * expected, boost::test_tools::tolerance(1e-13));
            BOOST_TEST(found[2] == -expected, boost::test_tools::tolerance(1e-13));
        }
}

BOOST_AUTO_TEST_CASE(colours_are_normalised_each_by_its_own_and_grey_counts_for_all) {
    const image_input input{4, {0.1, 0.2, 0.3}, {0.5, 0.25, 2}};
    const A grey = scattered<double>({2, 4, 4, 1}, 1), three = concatenated(grey, grey, grey);
    const A a = prepared(grey, input), b = prepared(three, input);
    for (std::size_t k = 0; k < a.size(); ++k) {
        BOOST_TEST(a[k] == b[k]);
        BOOST_TEST(a[k] == (grey[k / 3] - input.mean[k % 3]) / input.deviation[k % 3], boost::test_tools::tolerance(1e-12));
    }
    BOOST_TEST(input.text() == "bilinear, half-pixel centres, no antialias, to 4 x 4; (x - mean)/deviation with mean 0.1 0.2 0.3 and "
                               "deviation 0.5 0.25 2");
}

BOOST_AUTO_TEST_CASE(what_is_no_image_is_refused) {
    const image_input input{4, {0, 0, 0}, {1, 1, 1}};
    for (const shape& s : {shape{4, 4, 3}, shape{1, 4, 4, 2}, shape{1, 0, 4, 3}, shape{1, 3, 8, 8}})
        BOOST_CHECK_EXCEPTION(prepared(tensor<float>(s), input), error, [&](const error& e) {
            const std::string text = e.what();
            const auto says = [&](const char* words) { return text.find(words) != std::string::npos; };
            return says("[N,H,W,1] or [N,H,W,3]") && (s.rank() < 4 || s[1] != 3 || says("[N,C,H,W]"));
        });
}

BOOST_AUTO_TEST_CASE(the_spatial_mean_is_the_mean_of_every_channel) {
    const A x = scattered<double>({3, 5, 7, 4}, 1), y = spatial_mean(x);
    const A expected = summed_to(x, shape{3, 1, 1, 4}).reshaped({3, 4}) / 35.;
    BOOST_TEST(relative_error(y, expected) < 1e-14);
    BOOST_TEST(spatial_mean(tensor<float>({1, 300, 300, 1}, 0.1f))[0] == 0.1f, boost::test_tools::tolerance(2e-7f));  // a sum in float loses digits
    BOOST_CHECK_THROW(spatial_mean(A({2, 0, 3, 4})), error);
}

BOOST_AUTO_TEST_CASE(images_are_taken_one_by_one_and_their_order_stays) {
    const auto x = scattered<float>({5, 2, 2, 3}, 1);
    const auto first_two = [](const tensor<float>& image) { return tensor<float>({1, 2}, {image[0], image[1]}); };
    for (const int threads : {1, 3}) {
        const int outside = omp_get_max_threads();
        omp_set_num_threads(threads);
        const auto y = for_each_image(x, 2, first_two);
        omp_set_num_threads(outside);
        for (std::size_t i = 0; i < 5; ++i) BOOST_TEST((y[2 * i] == x[12 * i] && y[2 * i + 1] == x[12 * i + 1]));
    }
    BOOST_TEST(for_each_image(tensor<float>({0, 2, 2, 3}), 2, first_two).shape() == (shape{0, 2}));
    BOOST_CHECK_THROW(for_each_image(x, 3, first_two), error);
}
