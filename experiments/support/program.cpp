// SPDX-License-Identifier: Apache-2.0
/// \file  How programs begin and end, compiled once for all of them and for all devices.
#include "../program.hpp"

namespace ncsn {

namespace {

/// Threads that wait for each other sleep, unless the user chose: spinning ones take the core from those that work where another program runs too.
/// OpenMP looks at its environment before main begins, so the program begins once more.
void wait_passively(char** arguments) {
    if (std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr) return;
    setenv("OMP_WAIT_POLICY", "passive", 1);
    execv("/proc/self/exe", arguments);                                             // where that fails, threads spin
}

}  // namespace

int run_program(program_options& app, int argc, char** argv, const device_of_program& own, const std::function<int()>& body) {
    int threads = 0;
    if (!app.has("--threads")) app.add("--threads", threads, "threads; 0: one a core").show_default();
    std::string device = own.name;
    app.add("--device", device, "cpu or cuda, where the network is evaluated").show_default();
    std::signal(SIGXFSZ, SIG_IGN);                                                  // so that a write beyond ulimit -f fails like any other
    try {
        wait_passively(argv);
        for (int i = 0; i < argc; ++i)
            require(is_utf8(argv[i]), "argument ", i, " is not UTF-8, in which results say what they were made of; rename the file");
        if (const auto status = app.parse_or_say(argc, argv)) return *status;
        own.become(device, argv);
        use_threads(threads);
        return body();
    } catch (const error& reason) {
        std::cerr << app.program() << ": " << reason.what() << '\n';
    } catch (const std::bad_alloc&) {
        std::cerr << app.program() << ": out of memory; use smaller batches (--batch, --preset)\n";
    } catch (const std::exception& reason) {
        std::cerr << app.program() << ": " << reason.what() << '\n';
    }
    return 1;
}

}  // namespace ncsn
