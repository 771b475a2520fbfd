// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of writing files atomically.
#include "../../support/files.hpp"

#include <ncsn/arrays/files/atomic_file.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>

#include <sys/resource.h>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(a_committed_file_has_the_written_bytes_and_leaves_no_temporary) {
    const scratch_folder folder;
    atomic_file file{folder / "a"};
    file.write("one ");
    file.write("two");
    BOOST_TEST(!std::filesystem::exists(folder / "a"));
    file.commit();
    BOOST_TEST(read_text(folder / "a") == "one two");
    BOOST_TEST(folder.count() == 1);
    BOOST_TEST(message_of([&] { file.write("late"); }).find("committed") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_old_content_stays_until_commit_and_after_an_abandoned_write) {
    const scratch_folder folder;
    write_text(folder / "a", "old");
    {
        atomic_file file{folder / "a"};
        file.write("new");
        BOOST_TEST(read_text(folder / "a") == "old");
    }
    BOOST_TEST(read_text(folder / "a") == "old");
    BOOST_TEST(folder.count() == 1);
    atomic_file file{folder / "a"};
    file.write("new");
    file.commit();
    BOOST_TEST(read_text(folder / "a") == "new");
}

BOOST_AUTO_TEST_CASE(a_write_that_does_not_fit_names_the_file_and_leaves_nothing) {
    const scratch_folder folder;
    write_text(folder / "a", "old");
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    const rlimit small{4096, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    const std::string message = message_of([&] {
        atomic_file file{folder / "a"};
        file.write(std::string(10'000, 'x'));
        file.commit();
    });
    setrlimit(RLIMIT_FSIZE, &before);
    BOOST_TEST(message.find((folder / "a").string()) != std::string::npos);
    BOOST_TEST(message.find("File too large") != std::string::npos);
    BOOST_TEST(message.find("ulimit -f") != std::string::npos);
    BOOST_TEST(read_text(folder / "a") == "old");
    BOOST_TEST(folder.count() == 1);
}

BOOST_AUTO_TEST_CASE(a_full_device_is_reported) {                                   // a small mounted file system to fill, given by the caller
    const char* small = std::getenv("NCSN_SMALL_FILESYSTEM");
    if (small == nullptr) {
        BOOST_TEST_MESSAGE("skipped: NCSN_SMALL_FILESYSTEM names no mounted file system of at most 1 MB");
        return;
    }
    const std::filesystem::path path = std::filesystem::path{small} / "full";
    const std::string message = message_of([&] {
        atomic_file file{path};
        file.write(std::string(4'000'000, 'x'));
        file.commit();
    });
    BOOST_TEST(message.find("No space left on device") != std::string::npos);
    BOOST_TEST(message.find("free some space") != std::string::npos);
    BOOST_TEST(std::filesystem::is_empty(small));
}

BOOST_AUTO_TEST_CASE(a_missing_folder_a_device_and_a_folder_are_refused) {
    const scratch_folder folder;
    const auto try_to_write = [](const std::filesystem::path& path) { return message_of([&] { atomic_file{path}; }); };
    BOOST_TEST(try_to_write(folder / "missing/a").find("its folder must exist") != std::string::npos);
    BOOST_TEST(try_to_write("/dev/full").find("not a regular file") != std::string::npos);
    BOOST_TEST(try_to_write(folder.path).find("not a regular file") != std::string::npos);
    BOOST_TEST(folder.count() == 0);
}

BOOST_AUTO_TEST_CASE(a_symbolic_link_stays_and_its_target_is_replaced) {
    const scratch_folder folder;
    write_text(folder / "target", "old");
    std::filesystem::create_symlink("target", folder / "link");
    atomic_file file{folder / "link"};
    file.write("new");
    file.commit();
    BOOST_TEST(std::filesystem::is_symlink(folder / "link"));
    BOOST_TEST(read_text(folder / "target") == "new");
    BOOST_TEST(folder.count() == 2);
}

BOOST_AUTO_TEST_CASE(what_a_killed_writer_left_is_taken_over_and_what_a_living_one_has_is_not) {
    const scratch_folder folder;
    write_text(folder / "a.writing", "left by a process that was killed, longer than what comes");
    {
        atomic_file first{folder / "a"}, second{folder / "a"};                      // two at once: each has a temporary of its own
        first.write("first");
        second.write("second");
        BOOST_TEST(folder.count() == 2);
        first.commit();
        BOOST_TEST(read_text(folder / "a") == "first");
        atomic_file third{folder / "a"};
        third.write("third");
        second.commit();
        BOOST_TEST(read_text(folder / "a") == "second");
        third.commit();
    }
    BOOST_TEST(read_text(folder / "a") == "third");
    BOOST_TEST(folder.count() == 1);
    std::filesystem::create_directory(folder / "a.writing");                        // no file of ours: left alone
    save_text(folder / "a", "fourth");
    BOOST_TEST(read_text(folder / "a") == "fourth");
    BOOST_TEST(folder.count() == 2);
}
