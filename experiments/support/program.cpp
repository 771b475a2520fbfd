// SPDX-License-Identifier: Apache-2.0
/// \file  How programs begin and end, compiled once for all of them and for all devices.
#include "../program.hpp"

#include <ncsn/arithmetic/count.hpp>

namespace ncsn {

namespace {

std::string why_no_count(const std::string& text) {
    return count_in(text) ? std::string{} : "'" + text + "' is no count; digits were expected, of a number below 2^64";
}
/// Why a text that CLI11 takes for a real number cannot be a setting: comparisons with what is no number hold nothing up.
std::string why_not_finite(const std::string& text) {
    double value = 0;
    if (!CLI::detail::lexical_cast(text, value) || std::isfinite(value)) return {};  // of what is no real number at all the parser says so
    return "'" + text + "' is no finite number, which was expected";
}
/// Threads that wait for each other sleep, unless the user chose: spinning ones take the core from those that work where another program runs too.
/// OpenMP looks at its environment before main begins, so the program begins once more.
void wait_passively(char** arguments) {
    if (std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr) return;
    setenv("OMP_WAIT_POLICY", "passive", 1);
    execv("/proc/self/exe", arguments);                                             // where that fails, threads spin
}

}  // namespace

void check_options(CLI::App& app) {
    const CLI::Validator count{[](std::string& text) { return why_no_count(text); }, ""};
    const CLI::Validator finite{[](std::string& text) { return why_not_finite(text); }, ""};
    for (CLI::Option* option : app.get_options()) {
        const std::string type = option->get_type_name();                           // "UINT", or with what is checked besides, "UINT:POSITIVE"
        if (type.starts_with("UINT") || type.starts_with("INT")) option->check(count);
        if (type.starts_with("FLOAT")) option->check(finite);
        if (option->get_items_expected_max() == 1) option->take_last();
    }
    for (CLI::App* subcommand : app.get_subcommands({})) check_options(*subcommand);
}

int run_program(CLI::App& app, int argc, char** argv, const device_of_program& own, const std::function<int()>& body) {
    int threads = 0;
    if (app.get_option_no_throw("--threads") == nullptr)
        app.add_option("--threads", threads, "threads; 0: one a core")->check(CLI::NonNegativeNumber)->capture_default_str();
    std::string device = own.name;
    app.add_option("--device", device, "cpu or cuda, where the network is evaluated")->capture_default_str();
    check_options(app);
    std::signal(SIGXFSZ, SIG_IGN);                                                  // so that a write beyond ulimit -f fails like any other
    try {
        wait_passively(argv);
        for (int i = 0; i < argc; ++i)
            require(is_utf8(argv[i]), "argument ", i, " is not UTF-8, in which results say what they were made of; rename the file");
        app.parse(argc, argv);
        own.become(device, argv);
        use_threads(threads);
        return body();
    } catch (const CLI::ParseError& reason) {
        return app.exit(reason);
    } catch (const error& reason) {
        std::cerr << app.get_name() << ": " << reason.what() << '\n';
    } catch (const std::bad_alloc&) {
        std::cerr << app.get_name() << ": out of memory; use smaller batches (--batch, --preset)\n";
    } catch (const std::exception& reason) {
        std::cerr << app.get_name() << ": " << reason.what() << '\n';
    }
    return 1;
}

}  // namespace ncsn
