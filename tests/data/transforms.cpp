// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of what is done to images before training.
#include <ncsn/data/transforms.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace ncsn;
using array = tensor<float, cpu>;

namespace {

array numbered(const shape& s) {
    array x{s};
    for (std::size_t i = 0; i < x.size(); ++i) x.write()[i] = static_cast<float>(i);
    return x;
}
array bytes(const shape& s) {
    array x{s};
    for (std::size_t i = 0; i < x.size(); ++i) x.write()[i] = static_cast<float>(i % 256) / 255;
    return x;
}

}  // namespace

BOOST_AUTO_TEST_CASE(rescaling_is_linear_and_has_an_inverse) {
    const array x{{3}, {0, 0.25f, 1}};
    BOOST_TEST(std::ranges::equal(rescaled{}(x).values(), std::array{-1.f, -0.5f, 1.f}));
    BOOST_TEST(std::ranges::equal(rescaled{.low = 0, .high = 4}(x).values(), std::array{0.f, 1.f, 4.f}));
    BOOST_TEST(std::ranges::equal(rescaled{}.inverse(rescaled{}(x)).values(), x.values()));
    BOOST_TEST(x[1] == 0.25f);                                                      // the argument is untouched
}

BOOST_AUTO_TEST_CASE(dequantized_bytes_stay_in_their_own_bin_and_fill_it_evenly) {
    philox rng{1};
    const array x = bytes({100, 16, 16, 1}), y = dequantized{}(x, rng);
    double sum = 0, square = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double u = 256. * y[i] - 255. * x[i];
        BOOST_TEST((u >= -1e-4 && u <= 1 + 1e-4));                                  // float rounding at 255
        sum += u;
        square += u * u;
    }
    const double n = static_cast<double>(x.size());
    BOOST_TEST(std::abs(sum / n - 0.5) < 5 / std::sqrt(12 * n));                    // 5 standard errors
    BOOST_TEST(std::abs(square / n - 1. / 3) < 5 * std::sqrt(4. / 45 / n));
    BOOST_TEST(rng.draw == 1u);
}

BOOST_AUTO_TEST_CASE(random_transforms_treat_a_sample_by_its_number_alone) {
    const array x = bytes({10, 3, 3, 1});
    const array tail{{4, 3, 3, 1}, x.values().subspan(54)};
    philox whole{2}, part = philox{2}.at_sample(6);
    const array noisy = dequantized{}(x, whole), noisy_tail = dequantized{}(tail, part);
    BOOST_TEST(std::ranges::equal(noisy.values().subspan(54), noisy_tail.values()));
    const array flipped = horizontal_flip{}(x, whole), flipped_tail = horizontal_flip{}(tail, part);
    BOOST_TEST(std::ranges::equal(flipped.values().subspan(54), flipped_tail.values()));
}

BOOST_AUTO_TEST_CASE(a_flip_exchanges_left_and_right_and_keeps_channels) {
    philox rng{3};
    const array x = numbered({1, 2, 3, 2});
    const array always = horizontal_flip{.probability = 1}(x, rng), never = horizontal_flip{.probability = 0}(x, rng);
    BOOST_TEST(std::ranges::equal(always.values(), std::array{4.f, 5.f, 2.f, 3.f, 0.f, 1.f, 10.f, 11.f, 8.f, 9.f, 6.f, 7.f}));
    BOOST_TEST(std::ranges::equal(never.values(), x.values()));
}

BOOST_AUTO_TEST_CASE(half_of_many_images_are_flipped) {
    philox rng{4};
    array x{{10'000, 1, 2, 1}};
    for (std::size_t i = 0; i < 10'000; ++i) x.write()[2 * i] = 1;
    const array y = horizontal_flip{}(x, rng);
    int flipped = 0;
    for (std::size_t i = 0; i < 10'000; ++i) flipped += y[2 * i] == 0;
    BOOST_TEST(std::abs(flipped - 5000) < 250);                                     // 5 standard deviations
    BOOST_CHECK_THROW(horizontal_flip{}(array{{2, 2}}, rng), error);
}

BOOST_AUTO_TEST_CASE(logit_is_symmetric_finite_at_the_ends_and_has_an_inverse) {
    const tensor<double, cpu> x{{5}, {0, 0.25, 0.5, 0.75, 1}};
    const auto y = logit{}(x), back = logit{}.inverse(y);
    BOOST_TEST(y[0] == std::log(1e-6) - std::log1p(-1e-6), boost::test_tools::tolerance(1e-12));
    BOOST_TEST(std::abs(y[2]) < 1e-12);
    BOOST_TEST(y[1] == -y[3], boost::test_tools::tolerance(1e-12));
    BOOST_TEST(y[4] == -y[0], boost::test_tools::tolerance(1e-8));
    for (std::size_t i = 0; i < 5; ++i) BOOST_TEST(std::abs(back[i] - x[i]) < 1e-12);
    const array one{{1}, {1}};
    BOOST_TEST(logit{}(one)[0] == 13.8155f, boost::test_tools::tolerance(1e-5f));   // ln(1e6), which float arithmetic would miss by 3 %
}

BOOST_AUTO_TEST_CASE(settings_and_numbers_that_they_cannot_mean_are_refused) {
    const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
    philox rng{5};
    const array image{{1, 1, 2, 1}, {0, 1}};
    for (const double probability : {-0.1, 1.1, double{nan}}) BOOST_CHECK_THROW(horizontal_flip{probability}(image, rng), error);
    for (const double alpha : {-0.1, 0.5, double{nan}}) {
        BOOST_CHECK_THROW(logit{alpha}(image), error);
        BOOST_CHECK_THROW(logit{alpha}.inverse(image), error);
    }
    for (const double end : {double{nan}, double{infinity}}) {
        BOOST_CHECK_THROW(rescaled{.low = end}(image), error);
        BOOST_CHECK_THROW(rescaled{.high = end}.inverse(image), error);
    }
    for (const float pixel : {2.f, -0.5f, nan, infinity}) {
        const array wrong{{1, 1, 2, 1}, {0.5f, pixel}};
        BOOST_CHECK_THROW(logit{}(wrong), error);
        BOOST_CHECK_THROW(dequantized{}(wrong, rng), error);
    }
    BOOST_CHECK_THROW(logit{0}(image), error);                                      // ends without room
    BOOST_TEST(logit{0}(array{{1}, {0.5f}})[0] == 0);
}

BOOST_AUTO_TEST_CASE(a_transformed_data_set_is_a_data_set) {
    const transformed data{images<array>{tensor<std::uint8_t, cpu>{{2, 1, 1, 1}, {0, 255}}}, rescaled{}};
    const std::size_t rows[]{1, 0};
    BOOST_TEST(data.size() == 2u);
    BOOST_TEST(std::ranges::equal(data.batch(rows).values(), std::array{1.f, -1.f}));
}
