// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of files that go on where they were cut off: processes that end without a word leave what the next ones find.
#include <boost/test/unit_test.hpp>

#include "../../experiments/packed_file.hpp"

#include <ncsn/arrays/files/safetensors_file.hpp>

#include <support/files.hpp>

#include <sys/wait.h>

using namespace ncsn;

namespace {

/// What `write` does in a process that ends as by SIGKILL: no destructor runs.
template <class Write> void killed(const Write& write) {
    const pid_t child = ::fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
        write();
        ::_exit(0);
    }
    int status = 1;
    BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
    BOOST_TEST(status == 0);
}

const shape all{4, 1, 1, 1};
using file_of_bytes = packed_file<std::uint8_t>;
file_of_bytes open_at(const std::filesystem::path& out, const char* settings, begun earlier) { return {out, all, {{"settings", settings}}, earlier}; }
tensor<std::uint8_t, cpu> rows(std::size_t n, std::uint8_t value) { return tensor<std::uint8_t, cpu>{all.with_rows(n), value}; }
/// A file of n rows that were kept, whose program was killed.
void leave_rows(const std::filesystem::path& out, std::size_t n) {
    killed([&] {
        auto file = open_at(out, "a", begun::go_on);
        file.append(rows(n, 7));
        file.keep();
    });
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_was_kept_is_gone_on_from_and_nothing_else) {
    const scratch_folder folder;
    const auto out = folder / "x.npy";
    killed([&] {
        auto file = open_at(out, "a", begun::go_on);
        file.append(rows(2, 7));
        file.keep();
        file.append(rows(1, 9));                                                    // not kept
    });
    BOOST_CHECK_THROW(open_at(out, "b", begun::go_on), error);
    auto file = open_at(out, "a", begun::go_on);
    BOOST_TEST(file.done() == 2u);
    file.append(rows(2, 8));
    file.commit();
    const auto found = load_npy<tensor<std::uint8_t, cpu>>(out);
    BOOST_TEST((std::vector<int>(found.values().begin(), found.values().end()) == std::vector<int>{7, 7, 8, 8}));
    BOOST_TEST(!std::filesystem::exists(out.string() + ".progress"));
}

BOOST_AUTO_TEST_CASE(images_may_be_counted_by_two_axes) {
    const scratch_folder folder;
    const auto out = folder / "x.npy";
    const shape table{2, 3, 1, 1, 1};
    const auto open = [&] { return file_of_bytes{out, table, {{"settings", "a"}}, begun::go_on, 2}; };
    killed([&] {
        auto file = open();
        file.append(rows(4, 7));
        file.keep();
    });
    auto file = open();
    BOOST_TEST(file.done() == 4u);
    file.append(rows(2, 8));
    file.commit();
    const auto found = load_npy<tensor<std::uint8_t, cpu>>(out);
    BOOST_TEST(found.shape() == table);
    BOOST_TEST((found[3] == 7 && found[4] == 8));
    BOOST_CHECK_THROW((file_of_bytes{folder / "none.npy", {0, 3, 1, 1, 1}, {}, begun::go_on, 2}), error);
}

BOOST_AUTO_TEST_CASE(rows_of_other_settings_are_never_taken_for_these) {
    const scratch_folder folder;
    const auto out = folder / "x.npy";
    leave_rows(out, 3);
    killed([&] { open_at(out, "b", begun::go_on_or_anew).append(rows(3, 9)); });    // begins anew, and is killed before anything is kept
    BOOST_TEST(open_at(out, "a", begun::go_on).done() == 0u);
}

BOOST_AUTO_TEST_CASE(rows_of_other_extents_are_never_taken_for_these) {
    const scratch_folder folder;
    const auto out = folder / "x.npy";
    leave_rows(out, 2);
    const auto reopen = [&](begun earlier) { return file_of_bytes{out, {4, 2, 2, 1}, {{"settings", "a"}}, earlier}.done(); };
    BOOST_CHECK_THROW(reopen(begun::go_on), error);
    BOOST_TEST(reopen(begun::go_on_or_anew) == 0u);
}

BOOST_AUTO_TEST_CASE(what_tells_of_a_file_that_is_whole_goes) {
    const scratch_folder folder;
    const auto out = folder / "x.npy", progress = folder / "x.npy.progress";
    write_text(progress, "{}");
    file_of_bytes::tidy(out);
    BOOST_TEST(std::filesystem::exists(progress));                                  // nothing says that it is over
    write_text(out, "whole");
    file_of_bytes::tidy(out);
    BOOST_TEST(!std::filesystem::exists(progress));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_told_is_refused_until_it_may_go) {
    const scratch_folder folder;
    const auto out = folder / "x.npy";
    leave_rows(out, 3);
    write_text(out.string() + ".progress", "{");
    BOOST_CHECK_THROW(open_at(out, "a", begun::go_on), error);
    BOOST_TEST(open_at(out, "a", begun::go_on_or_anew).done() == 0u);
}

BOOST_AUTO_TEST_CASE(what_stands_where_rows_would_be_is_left_alone) {
    const scratch_folder folder;
    const auto out = folder / "x.npy", partial = folder / "x.npy.partial", elsewhere = folder / "elsewhere";
    write_text(elsewhere, "kept");
    std::filesystem::create_symlink(elsewhere, partial);
    for (const begun earlier : {begun::go_on, begun::go_on_or_anew}) BOOST_CHECK_THROW(open_at(out, "a", earlier), error);
    BOOST_TEST(std::filesystem::file_size(elsewhere) == 4u);
    std::filesystem::remove(partial);
    BOOST_REQUIRE(::mkfifo(partial.c_str(), 0666) == 0);
    BOOST_CHECK_THROW(open_at(out, "a", begun::go_on), error);                      // and nobody waits
    std::filesystem::remove(partial);
    std::filesystem::create_directory(partial);
    BOOST_CHECK_THROW(open_at(out, "a", begun::go_on), error);
}

BOOST_AUTO_TEST_CASE(rows_of_several_tensors_are_gone_on_with) {
    const scratch_folder folder;
    const auto out = folder / "x.safetensors";
    const auto open = [&] { return tensors_file{out, 5, {{"a", {1, 2}}, {"b", {1, 3}}}, {{"what", "text"}}, {{"settings", "a"}}, begun::go_on}; };
    const auto numbers = [](std::size_t n, std::size_t width, float from) {
        host_array x(shape{n, width});
        for (std::size_t i = 0; i < x.size(); ++i) x.write()[i] = from + static_cast<float>(i);
        return x;
    };
    killed([&] {
        auto file = open();
        file.append(3, {numbers(3, 2, 0).data(), numbers(3, 3, 100).data()});
        file.keep();
        file.append(1, {numbers(1, 2, -1).data(), numbers(1, 3, -1).data()});        // not kept
    });
    auto file = open();
    BOOST_TEST(file.done() == 3u);
    file.append(2, {numbers(2, 2, 6).data(), numbers(2, 3, 109).data()});
    file.commit();
    const auto found = safetensors_file::open(out);
    const host_array a = found.load<float>("a"), b = found.load<float>("b");
    BOOST_TEST(std::ranges::equal(a.values(), numbers(5, 2, 0).values()));
    BOOST_TEST(std::ranges::equal(b.values(), numbers(5, 3, 100).values()));
    BOOST_TEST(found.metadata().at("what") == "text");
}
