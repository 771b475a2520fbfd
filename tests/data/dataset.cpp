// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the data concepts and of images kept as bytes.
#include "../support/files.hpp"

#include <ncsn/data/dataset.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;

namespace {

images<array> three() { return images<array>{tensor<std::uint8_t, cpu>{{3, 1, 2, 1}, {0, 51, 102, 153, 204, 255}}, {7, 8, 9}}; }

struct wrong_batch {
    std::size_t size() const { return 1; }
    ncsn::shape shape() const { return {1}; }
    float batch(std::span<const std::size_t>) const { return 0; }
};
struct without_shape {
    std::size_t size() const { return 1; }
    array batch(std::span<const std::size_t>) const { return {}; }
};
/// Drops the last channel.
struct narrowed {
    array operator()(const array& x) const { return array{{x.shape()[0], x.shape()[1], x.shape()[2], x.shape()[3] - 1}}; }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_batch_holds_the_asked_images_as_fractions_of_255) {
    const auto data = three();
    const std::size_t rows[]{2, 0, 2};
    const array x = data.batch(rows);
    BOOST_TEST(x.shape() == (shape{3, 1, 2, 1}));
    BOOST_TEST(std::ranges::equal(x.values(), std::array{204 / 255.f, 1.f, 0.f, 51 / 255.f, 204 / 255.f, 1.f}));
    BOOST_TEST(data.size() == 3u);
    BOOST_TEST(data.shape() == (shape{1, 1, 2, 1}));
    BOOST_TEST(data.batch(std::span<const std::size_t>{}).shape() == (shape{0, 1, 2, 1}));
}

BOOST_AUTO_TEST_CASE(a_batch_may_go_through_a_transform_with_or_without_a_generator) {
    const auto doubled = [](const array& x) { return array{x.shape(), 2 * x[0]}; };
    const auto numbered = [](const array& x, philox& rng) { return array{x.shape(), static_cast<float>(++rng.draw)}; };
    const std::size_t rows[]{1};
    BOOST_TEST(three().batch(rows, doubled)[0] == 204 / 255.f);
    philox rng{1};
    BOOST_TEST(three().batch(rows, numbered, rng)[0] == 1);
    BOOST_TEST(rng.draw == 1u);
}

BOOST_AUTO_TEST_CASE(a_transformed_set_has_the_shape_that_the_transform_gives) {
    const transformed data{images<array>{tensor<std::uint8_t, cpu>{{5, 2, 3, 4}}}, narrowed{}};
    BOOST_TEST(data.shape() == (shape{1, 2, 3, 3}));
}

BOOST_AUTO_TEST_CASE(labels_may_be_any_numbers) {
    const images<array> data{tensor<std::uint8_t, cpu>{{2, 1, 1, 1}}, {61, 4'000'000'000}};
    BOOST_TEST(data.labels[1] == 4'000'000'000u);
}

BOOST_AUTO_TEST_CASE(a_part_keeps_images_and_labels_together) {
    const auto part = three().part(1, 2);
    const std::size_t first[]{0};
    BOOST_TEST(part.size() == 2u);
    BOOST_TEST(part.batch(first)[0] == 102 / 255.f);
    BOOST_TEST((part.labels == std::vector<label>{8, 9}));
}

BOOST_AUTO_TEST_CASE(a_wrong_use_is_named) {
    const auto data = three();
    const std::size_t rows[]{3};
    BOOST_TEST(message_of([&] { data.batch(rows); }) == "images: image 3 of 3; the last has number 2");
    BOOST_TEST(message_of([&] { data.part(2, 2); }).find("2 to 4 of 3") != std::string::npos);
    BOOST_TEST(message_of([] { images<array>{tensor<std::uint8_t, cpu>{{3, 2}}}; }).find("[3,2]") != std::string::npos);
    BOOST_TEST(message_of([] { images<array>{tensor<std::uint8_t, cpu>{{3, 2, 2, 1}}, {1}}; }).find("1 labels for 3") != std::string::npos);
    BOOST_TEST(message_of([&] { images<array>{}.batch(rows); }).find("load a data set") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_concepts_tell_data_from_other_things) {
    static_assert(Dataset<images<array>> && !Dataset<wrong_batch> && !Dataset<without_shape> && !Dataset<array>);
    static_assert(!Distribution<images<array>>);
    BOOST_TEST(true);
}
