// SPDX-License-Identifier: Apache-2.0
/// \file  Data sets of different types behind one.
#include "../support/files.hpp"

#include <ncsn/data/any_dataset.hpp>
#include <ncsn/data/transforms.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;
using set = any_dataset<array>;

namespace {

images<array> two() { return images<array>{tensor<std::uint8_t, cpu>{{2, 1, 2, 1}, {0, 51, 102, 255}}, {7, 300}}; }

/// Counts how many of it there are.
struct counted {
    std::shared_ptr<int> token = std::make_shared<int>();
    std::size_t size() const { return 1; }
    ncsn::shape shape() const { return {1, 1}; }
    array batch(std::span<const std::size_t> rows) const { return array{{rows.size(), 1}, static_cast<float>(token.use_count())}; }
};

}  // namespace

BOOST_AUTO_TEST_CASE(it_has_what_the_set_has) {
    const set data = two();
    const std::size_t rows[]{1, 0};
    BOOST_TEST(data.size() == 2u);
    BOOST_TEST(data.shape() == (shape{1, 1, 2, 1}));
    BOOST_TEST(data.labels()[1] == 300u);
    const array x = data.batch(rows), direct = two().batch(rows);
    BOOST_TEST(std::ranges::equal(x.values(), direct.values()));
}

BOOST_AUTO_TEST_CASE(sets_of_different_types_are_one_type_and_need_no_labels) {
    set data = two();
    data = transformed{two(), rescaled{0, 255}};
    const std::size_t rows[]{0};
    BOOST_TEST(data.batch(rows)[1] == 51.f);
    BOOST_TEST(data.labels().empty());
}

BOOST_AUTO_TEST_CASE(copies_share_the_set_and_outlive_each_other) {
    counted one;
    set kept;
    {
        const set first = one, second = first;
        kept = second;
    }
    const std::size_t rows[]{0};
    BOOST_TEST(kept.batch(rows)[0] == 2.f);                                         // `one`, and the one that all share
    const set labelled = [] { return set{two()}; }();
    const set copy = labelled;
    BOOST_TEST(copy.labels()[0] == 7u);
}

BOOST_AUTO_TEST_CASE(the_default_one_has_no_samples) {
    const set none;
    BOOST_TEST(none.size() == 0u);
    BOOST_TEST(message_of([&] { none.batch({}); }).find("open a data set first") != std::string::npos);
}

static_assert(!std::constructible_from<any_dataset<tensor<double, cpu>>, images<array>>);
