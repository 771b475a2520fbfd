// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of .npy files.
#include "../../support/files.hpp"

#include <ncsn/arrays/files/npy.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace ncsn;
using array = tensor<float, cpu>;
using double_array = tensor<double, cpu>;

namespace {

/// A .npy file of the given version with this dictionary and these data.
std::string npy(const std::string& dictionary, const std::string& data, char version = 1) {
    std::string head{"\x93NUMPY", 6};
    head += {version, '\0', static_cast<char>(dictionary.size() & 255), static_cast<char>(dictionary.size() >> 8)};
    if (version >= 2) head += {'\0', '\0'};
    return head + dictionary + data;
}
std::string refusal(const std::string& content) {
    const scratch_folder folder;
    write_text(folder / "x.npy", content);
    return message_of([&] { load_npy<array>(folder / "x.npy"); });
}
bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_saved_comes_back_for_every_rank) {
    const scratch_folder folder;
    for (const shape& s : {shape{}, shape{3}, shape{2, 3}, shape{2, 1, 3}, shape{1, 2, 3, 4, 1, 2}, shape{0, 5}}) {
        array x{s};
        for (std::size_t i = 0; i < x.size(); ++i) x.write()[i] = 0.1f * static_cast<float>(i) - 1;
        save_npy(folder / "x.npy", x);
        const auto y = load_npy<array>(folder / "x.npy");
        const auto wide = load_npy<double_array>(folder / "x.npy");
        BOOST_TEST(y.shape() == s);
        BOOST_TEST(wide.shape() == s);
        BOOST_TEST(std::ranges::equal(x.values(), y.values()));
        BOOST_TEST(std::ranges::equal(x.values(), wide.values()));
    }
}

BOOST_AUTO_TEST_CASE(the_file_is_byte_for_byte_that_of_numpy) {                     // numpy 1.24: numpy.save of float32 [[1, 2, 3]]
    const scratch_folder folder;
    save_npy(folder / "x.npy", array{{1, 3}, {1, 2, 3}});
    const std::string dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }";
    BOOST_TEST(read_text(folder / "x.npy") == npy(dictionary + std::string(117 - dictionary.size(), ' ') + '\n',
                                                  {"\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40", 12}));
}

BOOST_AUTO_TEST_CASE(versions_2_and_3_and_other_spellings_of_the_dictionary_are_read) {
    const scratch_folder folder;
    for (const char version : {1, 2, 3})
        for (const char* extents : {"(2,)", "(2L,)"}) {                             // Python 2 wrote its long numbers so
            const std::string dictionary = std::string{"{\"shape\":"} + extents + ",\"fortran_order\":False,\"descr\":\"<f4\"}\n";
            write_text(folder / "x.npy", npy(dictionary, {"\0\0\x80\x3f\0\0\0\x40", 8}, version));
            const auto x = load_npy<array>(folder / "x.npy");
            BOOST_TEST(x.shape() == shape{2});
            BOOST_TEST(std::ranges::equal(x.values(), std::array{1.f, 2.f}));
        }
}

BOOST_AUTO_TEST_CASE(bytes_are_bytes_and_nothing_else) {
    const scratch_folder folder;
    const tensor<std::uint8_t, cpu> bytes{{2, 3}, {0, 1, 2, 127, 128, 255}};
    save_npy(folder / "x.npy", bytes);
    const std::string dictionary = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }";
    BOOST_TEST(read_text(folder / "x.npy") == npy(dictionary + std::string(117 - dictionary.size(), ' ') + '\n',
                                                  {"\0\1\2\x7f\x80\xff", 6}));
    const auto back = load_npy<tensor<std::uint8_t, cpu>>(folder / "x.npy");
    BOOST_TEST(back.shape() == bytes.shape());
    BOOST_TEST(std::ranges::equal(back.values(), bytes.values()));
    BOOST_TEST(mentions(message_of([&] { load_npy<array>(folder / "x.npy"); }), "'|u1'; '<f4' was expected"));
    save_npy(folder / "x.npy", array{{2}});
    BOOST_TEST(mentions(message_of([&] { load_npy<tensor<std::uint8_t, cpu>>(folder / "x.npy"); }), "astype('|u1')"));
}

BOOST_AUTO_TEST_CASE(special_values_keep_their_bits) {
    const scratch_folder folder;
    const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    save_npy(folder / "x.npy", double_array{{4}, {inf, nan, -0.0, std::numeric_limits<double>::denorm_min()}});
    const auto x = load_npy<double_array>(folder / "x.npy");
    BOOST_TEST(x[0] == inf);
    BOOST_TEST(std::isnan(x[1]));
    BOOST_TEST(std::signbit(x[2]));
    BOOST_TEST(x[3] == std::numeric_limits<double>::denorm_min());
}

BOOST_AUTO_TEST_CASE(doubles_are_not_narrowed_silently) {
    const scratch_folder folder;
    save_npy(folder / "x.npy", double_array{{2}, {1, 2}});
    const std::string message = message_of([&] { load_npy<array>(folder / "x.npy"); });
    BOOST_TEST(mentions(message, "'<f8'"));
    BOOST_TEST(mentions(message, "'<f4' was expected"));
    BOOST_TEST(mentions(message, "x.npy"));
}

BOOST_AUTO_TEST_CASE(each_lie_in_a_header_has_its_own_answer) {
    const std::string eight(8, '\0');
    BOOST_TEST(mentions(refusal("PK\3\4 not an array"), "not those of a .npy file"));
    BOOST_TEST(mentions(refusal(""), "not those of a .npy file"));
    BOOST_TEST(mentions(refusal(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", eight, 4)), "version 4"));
    BOOST_TEST(mentions(refusal(npy("{'descr': '>f4', 'fortran_order': False, 'shape': (2,)}", eight)), "'>f4'"));
    for (const char* extents : {"(2,)", "(2, 1)", "(1, 2, 1, 1)"})
        BOOST_TEST(mentions(refusal(npy(std::string{"{'descr': '<f4', 'fortran_order': True, 'shape': "} + extents + "}", eight)), "Fortran"));
    BOOST_TEST(mentions(refusal(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}", eight)), "malformed"));
    BOOST_TEST(mentions(refusal(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2LL,)}", eight)), "malformed"));
    BOOST_TEST(mentions(refusal(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", eight)), "does not fill"));
    std::string long_header = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", eight, 2);
    long_header[11] = '\x7f';                                                       // 2 GiB of it
    BOOST_TEST(mentions(refusal(long_header), "a header of 2130706"));
    BOOST_TEST(mentions(refusal(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", eight)), "does not fill"));
    BOOST_TEST(mentions(refusal(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", eight)), "does not fill"));
    BOOST_TEST(mentions(refusal(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387906,)}", eight)), "does not fill"));
    BOOST_TEST(mentions(refusal(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", eight)), "malformed"));
    BOOST_TEST(mentions(refusal(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,2)}", eight)), "axes"));
    BOOST_TEST(mentions(refusal(npy("{'descr': '<f4', 'fortran_order': False}", eight)), "malformed"));
    BOOST_TEST(mentions(refusal(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'shape': (2,)}", eight)), "malformed"));
    BOOST_TEST(mentions(refusal(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}", eight)), "malformed"));
    BOOST_TEST(mentions(refusal(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "").substr(0, 30)), "incomplete"));
}

BOOST_AUTO_TEST_CASE(an_empty_tensor_is_not_saved) {
    const scratch_folder folder;
    BOOST_TEST(mentions(message_of([&] { save_npy(folder / "x.npy", array{}); }), "empty"));
    BOOST_TEST(folder.count() == 0);
}

BOOST_AUTO_TEST_CASE(a_damaged_file_loads_or_is_refused) {
    const scratch_folder folder;
    save_npy(folder / "good.npy", array{{3, 4}, 1.5f});
    const std::string good = read_text(folder / "good.npy");
    const auto report = load_damaged(good, 80, 4000, folder / "bad.npy", [](const std::filesystem::path& path) { load_npy<array>(path); });
    BOOST_TEST(report.other == 0, report.first_other);
    BOOST_TEST(report.refused > 1000);
    BOOST_TEST(report.loaded > 30);
}
