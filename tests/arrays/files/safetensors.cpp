// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of .safetensors files.
#include "../../support/files.hpp"

#include <ncsn/arrays/files/safetensors.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;
using double_array = tensor<double, cpu>;

namespace {

/// A file with this header and these data.
std::string container(const std::string& header, const std::string& data) {
    const std::uint64_t length = header.size();
    return std::string{reinterpret_cast<const char*>(&length), 8} + header + data;
}
std::string refusal(const std::string& content) {
    const scratch_folder folder;
    write_text(folder / "x.safetensors", content);
    return message_of([&] { safetensors_file::open(folder / "x.safetensors"); });
}
bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

safetensors_writer example() {
    safetensors_writer writer;
    writer.add("weight", array{{2, 3}, {1, 2, 3, 4, 5, 6}});
    writer.add("bias", double_array{{2}, {0.1, 0.2}});
    writer.add("scalar", array{{}, {7}});
    writer.add_integers("step", {1, -2, std::int64_t{1} << 40});
    writer.metadata("config", "{\"σ\": \"line\\n\"}");
    return writer;
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_saved_comes_back) {
    const scratch_folder folder;
    example().save(folder / "x.safetensors");
    const auto file = safetensors_file::open(folder / "x.safetensors");
    BOOST_TEST((file.names() == std::vector<std::string>{"bias", "scalar", "step", "weight"}));
    BOOST_TEST(file.contains("bias"));
    BOOST_TEST(!file.contains("gain"));
    BOOST_TEST(file.dtype_of("weight") == "F32");
    BOOST_TEST(file.dtype_of("step") == "I64");
    BOOST_TEST(file.shape_of("weight") == (shape{2, 3}));
    BOOST_TEST(file.load<float>("scalar").shape() == shape{});
    BOOST_TEST(file.load<float>("scalar").item() == 7);
    BOOST_TEST(file.load<double>("weight")[5] == 6);                                // widened
    BOOST_TEST(file.load<float>("bias")[0] == 0.1f);                                // rounded
    BOOST_TEST(file.load<double>("bias")[1] == 0.2);
    BOOST_TEST((file.load_integers("step") == std::vector<std::int64_t>{1, -2, std::int64_t{1} << 40}));
    BOOST_TEST(file.metadata().at("config") == "{\"σ\": \"line\\n\"}");
}

BOOST_AUTO_TEST_CASE(the_bytes_are_the_format_and_do_not_depend_on_the_order_of_adding) {
    const scratch_folder folder;
    safetensors_writer one, two;
    one.add("a", array{{1}, {1}});
    one.add_integers("b", {2});
    two.add_integers("b", {2});
    two.add("a", array{{1}, {1}});
    one.save(folder / "one");
    two.save(folder / "two");
    const std::string header = R"({"b":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})";
    BOOST_TEST(read_text(folder / "one") == container(header + std::string((8 - header.size() % 8) % 8, ' '), {"\2\0\0\0\0\0\0\0\0\0\x80\x3f", 12}));
    BOOST_TEST(read_text(folder / "one") == read_text(folder / "two"));
}

BOOST_AUTO_TEST_CASE(small_integer_types_are_read) {
    const scratch_folder folder;
    const std::string header = R"({"byte":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"int":{"dtype":"I32","shape":[1],"data_offsets":[4,8]},)"
                               R"("none":{"dtype":"F32","shape":[0,3],"data_offsets":[4,4]}})";
    write_text(folder / "x", container(header, {"\xff\1\0\0\xfe\xff\xff\xff", 8}));
    const auto file = safetensors_file::open(folder / "x");
    BOOST_TEST((file.load_integers("byte") == std::vector<std::int64_t>{255, 1}));
    BOOST_TEST((file.load_integers("int") == std::vector<std::int64_t>{-2}));
    BOOST_TEST(file.load<float>("none").size() == 0u);
    BOOST_TEST(mentions(message_of([&] { file.load<float>("int"); }), "I32"));
    BOOST_TEST(mentions(message_of([&] { file.load_integers("none"); }), "F32"));
    BOOST_TEST(mentions(message_of([&] { file.load<float>("inu"); }), "no tensor is called 'inu'"));
}

BOOST_AUTO_TEST_CASE(each_lie_in_a_header_has_its_own_answer) {
    const std::string eight(8, '\0');
    const auto one = [&](const std::string& fields) { return refusal(container("{\"w\":{" + fields + "}}", eight)); };
    BOOST_TEST(mentions(refusal("short"), "at least 8"));
    for (const char* torch : {"PK\3\4 and what follows", "\x80\x02\x8a\nl\xfc\x9c\x46\xf9"}) BOOST_TEST(mentions(refusal(torch), "save_file"));
    BOOST_TEST(mentions(refusal(std::string(8, '\xff') + "{}"), "a header of 18446744073709551615 bytes"));
    BOOST_TEST(mentions(refusal(container("{\"w\":", eight)), "not valid JSON"));
    BOOST_TEST(mentions(refusal(container("", eight)), "not valid JSON"));
    BOOST_TEST(mentions(refusal(container("\"w\"", eight)), "not a JSON object"));
    BOOST_TEST(mentions(refusal(container("{\"\xff\":1}", eight)), "not valid JSON"));
    BOOST_TEST(mentions(refusal(container(std::string(100'000, '['), eight)), "list"));
    BOOST_TEST(mentions(refusal(container("{\"w\":{\"dtype\":" + std::string(100'000, '{'), eight)), "nested too deeply"));
    BOOST_TEST(mentions(one(R"("dtype":"F32","shape":[2],"data_offsets":{"a":{}})"), "nested too deeply"));
    BOOST_TEST(mentions(one(R"("dtype":"F32","shape":[2],"data_offsets":[0,16])"), "lies at bytes 0 to 16 of 8"));
    BOOST_TEST(mentions(one(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])"), "lies at bytes"));
    BOOST_TEST(mentions(one(R"("dtype":"F32","shape":[1],"data_offsets":[0,8])"), "do not fill"));
    BOOST_TEST(mentions(one(R"("dtype":"F32","shape":[4611686018427387906],"data_offsets":[0,8])"), "do not fill"));
    BOOST_TEST(mentions(one(R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])"), "not described by"));
    BOOST_TEST(mentions(one(R"("dtype":"F32","shape":[2.0],"data_offsets":[0,8])"), "not described by"));
    BOOST_TEST(mentions(one(R"("dtype":"F32","shape":[1,1,1,1,1,1,2],"data_offsets":[0,8])"), "axes"));
    BOOST_TEST(mentions(one(R"("dtype":"F32","shape":[2])"), "not described by"));
    BOOST_TEST(mentions(one(R"("dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8])"), "appears twice"));
    BOOST_TEST(mentions(refusal(container(R"({"__metadata__":{"a":1}})", "")), "not a string"));
    const std::string twice = R"({"w":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"w":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}})";
    BOOST_TEST(mentions(refusal(container(twice, eight)), "'w' appears twice"));
    const std::string overlap = R"({"v":{"dtype":"U8","shape":[5],"data_offsets":[0,5]},"w":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})";
    BOOST_TEST(mentions(refusal(container(overlap, eight)), "'v' and 'w' overlap"));
}

BOOST_AUTO_TEST_CASE(a_header_is_read_in_a_time_that_grows_with_its_length) {
    const scratch_folder folder;
    std::string header;
    for (int i = 0; i < 200'000; ++i)
        header += (i == 0 ? "{\"k" : ",\"k") + std::to_string(i) + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
    write_text(folder / "x", container(header + "}", ""));                          // 11 MB: hours where each name looks at all before it
    BOOST_TEST(safetensors_file::open(folder / "x").names().size() == 200'000u);
}

BOOST_AUTO_TEST_CASE(what_other_writers_leave_is_read) {
    const scratch_folder folder;
    const std::string eight("\x00\x3c\x00\xc2\x80\x3f\x40\xc0", 8);                 // 1, -3 in F16; 1, -3 in BF16
    write_text(folder / "foreign", container(R"({"__metadata__":null,"half":{"dtype":"F16","shape":[2],"data_offsets":[0,4],)"
                                             R"("extra":[1,2,3,4,5,6,7,8]},)"
                                             R"("brain":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]}})", eight));
    const auto file = safetensors_file::open(folder / "foreign");
    for (const char* name : {"half", "brain"}) {
        BOOST_TEST(file.load<float>(name)[0] == 1.f);
        BOOST_TEST(file.load<double>(name)[1] == -3.0);
    }
    write_text(folder / "later", container(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                                           R"("v":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[4,8]}})", std::string(8, '\0')));
    const auto later = safetensors_file::open(folder / "later");
    BOOST_TEST(later.load<float>("w")[0] == 0.f);
    BOOST_TEST(mentions(message_of([&] { (void)later.load<float>("v"); }), "'v' is F8_E4M3; F64, F32, F16 or BF16 was expected"));
}

BOOST_AUTO_TEST_CASE(numbers_are_saved_in_half_precision_where_that_is_asked_for) {
    const scratch_folder folder;
    safetensors_writer writer;
    writer.add_rounded("x", tensor<float, cpu>{{3}, {1.f, 1.0004f, -70000.f}});
    writer.add("y", tensor<float, cpu>{{1}, {1.0004f}});
    writer.save(folder / "rounded");
    const auto file = safetensors_file::open(folder / "rounded");
    BOOST_TEST(file.dtype_of("x") == "F16");
    const auto x = file.load<float>("x");
    BOOST_TEST(x[1] == 1.f);                                                        // steps of 2⁻¹⁰ there
    BOOST_TEST(x[2] == -std::numeric_limits<float>::infinity());
    BOOST_TEST(file.load<float>("y")[0] == 1.0004f);
}

BOOST_AUTO_TEST_CASE(the_same_field_name_in_two_tensors_is_no_repetition) {
    BOOST_TEST(refusal(container(R"({"v":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"w":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
                                 std::string(8, '\0'))) == "");
}

BOOST_AUTO_TEST_CASE(a_writer_refuses_repeated_empty_and_unwritable_tensors) {
    const scratch_folder folder;
    safetensors_writer writer = example();
    BOOST_TEST(mentions(message_of([&] { writer.add("weight", array{{1}}); }), "'weight' was added before"));
    BOOST_TEST(mentions(message_of([&] { writer.add("new", array{}); }), "empty"));
    BOOST_TEST(mentions(message_of([&] { writer.add("__metadata__", array{{1}}); }), "metadata(key, value)"));
    writer.metadata("bad", "\xff");
    BOOST_TEST(mentions(message_of([&] { writer.save(folder / "x"); }), "UTF-8"));
    BOOST_TEST(folder.count() == 0);
}

BOOST_AUTO_TEST_CASE(a_writer_keeps_what_it_was_given) {
    const scratch_folder folder;
    array x{{1}, {1}};
    safetensors_writer writer;
    writer.add("x", x);
    x.write()[0] = 2;
    writer.save(folder / "x");
    BOOST_TEST(safetensors_file::open(folder / "x").load<float>("x").item() == 1);
}

BOOST_AUTO_TEST_CASE(a_damaged_file_loads_or_is_refused) {
    const scratch_folder folder;
    example().save(folder / "good");
    const std::string good = read_text(folder / "good");
    const auto report = load_damaged(good, good.size() - 60, 4000, folder / "bad", [](const std::filesystem::path& path) {
        const auto file = safetensors_file::open(path);
        for (const auto& name : file.names()) {
            if (file.dtype_of(name)[0] == 'F' && file.dtype_of(name) != "F16") file.load<float>(name);
            else file.load_integers(name);
        }
    });
    BOOST_TEST(report.other == 0, report.first_other);
    BOOST_TEST(report.refused > 1000);
    BOOST_TEST(report.loaded > 100);
}
