// SPDX-License-Identifier: Apache-2.0
/// \file  What a result may depend on is told, the commit among it.
#include "../../experiments/environment.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>

using namespace ncsn;

/// What git prints first; "" where it fails.
std::string told_by_git(const std::string& arguments) {
    const std::string command = std::string{"git -c safe.directory=* -C '"} + std::getenv("NCSN_SOURCE_DIR") + "' " + arguments + " 2>/dev/null";
    std::array<char, 64> text{};
    FILE* output = popen(command.c_str(), "r");
    BOOST_REQUIRE(output);
    const std::size_t count = std::fread(text.data(), 1, text.size(), output);
    const std::string all(text.data(), count);
    return pclose(output) == 0 ? all.substr(0, all.find('\n')) : "";
}

BOOST_AUTO_TEST_CASE(compiler_processor_and_libraries_have_names) {
    const auto environment = describe_environment();
    for (const char* key : {"commit", "compiler", "processor", "onednn", "libpng", "zlib"})
        BOOST_TEST(!environment.at(key).get<std::string>().empty(), key);
    BOOST_TEST(environment.at("threads").get<int>() >= 1);
}

BOOST_AUTO_TEST_CASE(the_commit_is_the_one_that_git_names) {
    if (std::getenv("NCSN_SOURCE_DIR") == nullptr) return;                          // ctest sets it
    const std::string head = told_by_git("rev-parse HEAD"), prefix = told_by_git("rev-parse --show-prefix"), commit = source_commit;
    if (head.empty() || !prefix.empty()) BOOST_TEST(commit == "unknown");
    else BOOST_TEST((commit == head || commit == head + "-dirty"), commit << " was built, git names " << head);
}
