// SPDX-License-Identifier: Apache-2.0
/// \file  Programs of this build that another one runs.
#pragma once

#include "../common.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

namespace ncsn {

/// Runs a program of this build. What it says goes into a log; its end has to be a good one. Where the caller ends before it, by whatever signal, it
/// is asked to end as well: a training that nobody waits for would hold its folder for days.
inline void call(const std::string& program, const std::vector<std::string>& options, const std::filesystem::path& log) {
    const auto beside = std::filesystem::read_symlink("/proc/self/exe").parent_path(), above = beside.parent_path();   // of a figure's program
    std::vector<std::string> words{((std::filesystem::exists(beside / program) ? beside : above) / program).string()};
    words.insert(words.end(), options.begin(), options.end());
    words.insert(words.end(), {"--threads", std::to_string(omp_get_max_threads())});
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t self = getpid(), child = fork();
    require(child >= 0, program, ": cannot be started (", std::strerror(errno), ")");
    if (child == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != self) _exit(127);
        const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
        if (file >= 0) dup2(file, STDOUT_FILENO), dup2(file, STDERR_FILENO);
        execv(arguments[0], arguments.data());
        _exit(127);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    std::ifstream said{log};
    std::string line, last;
    while (std::getline(said, line)) last = line.empty() ? last : line;
    require(WIFEXITED(status) && WEXITSTATUS(status) != 127, program, ": cannot be started, or was killed; reproduce/setup ", program, " builds it");
    require(WEXITSTATUS(status) == 0, last, " (", log.string(), ")");
}

}  // namespace ncsn
