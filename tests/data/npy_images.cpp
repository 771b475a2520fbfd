// SPDX-License-Identifier: Apache-2.0
/// \file  Images in .npy files: every form that is read, and what is said of the others.
#include "../support/files.hpp"

#include <ncsn/data/npy_images.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <limits>

using namespace ncsn;
using array = tensor<float, cpu>;
using double_array = tensor<double, cpu>;
using byte_array = tensor<std::uint8_t, cpu>;

namespace {

std::string header(const std::string& type, const std::string& extents, const char* fortran = "False") {
    const std::string dictionary = "{'descr': '" + type + "', 'fortran_order': " + fortran + ", 'shape': " + extents + "}";
    return std::string{"\x93NUMPY\1\0", 8} + static_cast<char>(dictionary.size()) + '\0' + dictionary;
}
std::string refusal(const std::string& content) {
    const scratch_folder folder;
    write_text(folder / "x.npy", content);
    return message_of([&] { npy_images<array>{folder / "x.npy"}; });
}
bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_CASE(bytes_floats_and_doubles_grey_and_colour) {
    const scratch_folder folder;
    const std::size_t rows[]{1, 0, 1};
    save_npy(folder / "bytes.npy", byte_array{{2, 1, 2}, {0, 51, 102, 255}});
    const npy_images<array> bytes{folder / "bytes.npy"};
    BOOST_TEST(bytes.size() == 2u);
    BOOST_TEST(bytes.shape() == (shape{1, 1, 2, 1}));
    const array x = bytes.batch(rows);
    BOOST_TEST(x.shape() == (shape{3, 1, 2, 1}));
    BOOST_TEST(std::ranges::equal(x.values(), std::array{102 / 255.f, 1.f, 0.f, 51 / 255.f, 102 / 255.f, 1.f}));

    save_npy(folder / "floats.npy", array{{2, 1, 1, 3}, {0, .1f, .2f, .3f, .4f, 1}});
    const npy_images<array> floats{folder / "floats.npy"};
    BOOST_TEST(floats.shape() == (shape{1, 1, 1, 3}));
    BOOST_TEST(std::ranges::equal(floats.batch(std::array<std::size_t, 1>{1}).values(), std::array{.3f, .4f, 1.f}));

    save_npy(folder / "doubles.npy", double_array{{1, 1, 2}, {0.1, 0.25}});
    BOOST_TEST(std::ranges::equal(npy_images<array>{folder / "doubles.npy"}.batch(std::array<std::size_t, 1>{0}).values(), std::array{.1f, .25f}));
    BOOST_TEST(npy_images<double_array>{folder / "doubles.npy"}.batch(std::array<std::size_t, 1>{0})[0] == 0.1);
    BOOST_TEST(bytes.batch({}).shape() == (shape{0, 1, 2, 1}));
}

BOOST_AUTO_TEST_CASE(numbers_of_samples_are_clamped_where_that_is_asked_for) {
    const scratch_folder folder;
    const std::size_t all[]{0, 1};
    save_npy(folder / "samples.npy", array{{2, 1, 2}, {-0.25f, 0.5f, 1.5f, 1}});
    BOOST_TEST(std::ranges::equal(npy_images<array>(folder / "samples.npy", npy_range::clamped).batch(all).values(), std::array{0.f, .5f, 1.f, 1.f}));
    BOOST_CHECK_THROW((npy_images<array>{folder / "samples.npy"}), error);
    for (const float wrong : {255.f, -2.5f, std::nanf("")}) {                       // no image in [0, 1] with some noise
        save_npy(folder / "wrong.npy", array{{1, 1, 2}, {0.5f, wrong}});
        BOOST_CHECK_THROW((npy_images<array>{folder / "wrong.npy", npy_range::clamped}), error);
    }
}

BOOST_AUTO_TEST_CASE(copies_share_the_open_file_and_a_row_beyond_it_is_named) {
    const scratch_folder folder;
    save_npy(folder / "x.npy", byte_array{{2, 1, 2}, {0, 51, 102, 255}});
    auto copy = [&] { return npy_images<array>{folder / "x.npy"}; }();
    const auto another = copy;
    std::filesystem::remove(folder / "x.npy");                                      // an open file stays
    BOOST_TEST(another.batch(std::array<std::size_t, 1>{0})[1] == 51 / 255.f);
    BOOST_TEST(mentions(message_of([&] { copy.batch(std::array<std::size_t, 1>{2}); }), "image 2 of 2; the last has number 1"));
}

BOOST_AUTO_TEST_CASE(numbers_outside_0_to_1_are_refused_with_the_remedy) {
    const scratch_folder folder;
    const auto of = [&](float value) {
        save_npy(folder / "x.npy", array{{2, 1, 2}, {0, 1, .5f, value}});
        return message_of([&] { npy_images<array>{folder / "x.npy"}; });
    };
    BOOST_TEST(of(1) == "");
    BOOST_TEST(mentions(of(255), "image 1 has the value 255; values in [0, 1] were expected; save x / 255"));
    BOOST_TEST(mentions(of(-1), "save (x + 1) / 2"));
    BOOST_TEST(mentions(of(1.0000001f), "save x.clip(0, 1)"));
    BOOST_TEST(mentions(of(-1e-6f), "save x.clip(0, 1)"));
    BOOST_TEST(mentions(of(std::numeric_limits<float>::quiet_NaN()), "has the value nan"));
    BOOST_TEST(mentions(of(std::numeric_limits<float>::infinity()), "has the value inf"));
}

BOOST_AUTO_TEST_CASE(every_other_form_has_its_own_answer) {
    const std::string four(4, '\0');
    BOOST_TEST(refusal(header("|u1", "(1, 2, 2)") + four) == "");
    BOOST_TEST(mentions(refusal(header("|u1", "(4, 1)") + four), "shape [4,1]; [N,H,W] or [N,H,W,C] was expected"));
    BOOST_TEST(mentions(refusal(header("|u1", "(1, 1, 2, 2)") + four), "2 channels; 1 or 3 were expected; channels come last: save x.transpose"));
    BOOST_TEST(mentions(refusal(header("|u1", "(1, 2, 1, 2)") + four), "2 channels; 1 or 3 were expected"));
    BOOST_TEST(mentions(refusal(header("|u1", "(0, 2, 2)")), "at least one image"));
    BOOST_TEST(mentions(refusal(header("|u1", "(1, 2, 2)", "True") + four), "Fortran"));
    for (const char* type : {"<f2", ">f4", "|i1", "<i8", "|b1"}) BOOST_TEST(mentions(refusal(header(type, "(1, 2, 2)") + four), type));
    BOOST_TEST(mentions(refusal("no array"), "not those of a .npy file"));
}

BOOST_AUTO_TEST_CASE(extents_that_lie_cost_nothing) {
    const std::string four(4, '\0');
    for (const char* extents : {"(4611686018427387904, 2, 2)", "(2, 4294967296, 4294967296, 1)", "(1, 2, 3)", "(18446744073709551615, 1, 1)",
                                "(1, 9223372036854775808, 2)", "(4294967296, 4294967296, 1, 3)"})
        BOOST_TEST(mentions(refusal(header("|u1", extents) + four), "does not fill"), extents);
    BOOST_TEST(mentions(refusal(header("|u1", "(-1, 2, 2)") + four), "malformed"));
    BOOST_TEST(mentions(refusal(header("|u1", "(18446744073709551616, 2, 2)") + four), "malformed"));
}

BOOST_AUTO_TEST_CASE(a_file_that_shrinks_while_it_is_used_is_an_error) {
    const scratch_folder folder;
    save_npy(folder / "x.npy", byte_array{{2, 1, 2}, {0, 51, 102, 255}});
    const npy_images<array> data{folder / "x.npy"};
    std::filesystem::resize_file(folder / "x.npy", 130);
    BOOST_TEST(data.batch(std::array<std::size_t, 1>{0})[1] == 51 / 255.f);
    BOOST_TEST(mentions(message_of([&] { data.batch(std::array<std::size_t, 1>{1}); }), "ended after 130 of 132 bytes"));
}

static_assert(Dataset<npy_images<array>>);
