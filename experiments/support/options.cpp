// SPDX-License-Identifier: Apache-2.0
/// \file  Command lines, read by CLI11.
#include "../options.hpp"

#include <ncsn/arithmetic/count.hpp>
#include <ncsn/arithmetic/error.hpp>

#include <CLI/CLI.hpp>

#include <cmath>

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
/// The rules of all options of all programs.
void check_values(CLI::App& app) {
    const CLI::Validator count{[](std::string& text) { return why_no_count(text); }, ""};
    const CLI::Validator finite{[](std::string& text) { return why_not_finite(text); }, ""};
    for (CLI::Option* each : app.get_options()) {
        const std::string type = each->get_type_name();                             // "UINT", or with what is checked besides, "UINT:POSITIVE"
        if (type.starts_with("UINT") || type.starts_with("INT")) each->check(count);
        if (type.starts_with("FLOAT")) each->check(finite);
        if (each->get_items_expected_max() == 1) each->take_last();
    }
    for (CLI::App* command : app.get_subcommands({})) check_values(*command);
}

}  // namespace

program_option& program_option::required() { return of_->required(), *this; }
program_option& program_option::show_default() { return of_->capture_default_str(), *this; }
/// Read as soon as it is met, which makes CLI11 forget the list before it.
program_option& program_option::list() { return of_->delimiter(',')->trigger_on_parse(), *this; }
program_option& program_option::each_time() { return of_->take_all(), *this; }
program_option& program_option::above_zero() { return of_->check(CLI::PositiveNumber), *this; }
program_option& program_option::one_of(const std::vector<std::string>& values) { return of_->check(CLI::IsMember(values)), *this; }
program_option& program_option::excludes(const program_option& other) { return of_->excludes(other.of_), *this; }

program_options::program_options(const std::string& about, const std::string& program)
    : whole_{std::make_unique<CLI::App>(about, program)}, app_{whole_.get()} {}
program_options::program_options(CLI::App& command) : app_{&command} {}
program_options::~program_options() = default;

template <class T> program_option program_options::added(const std::string& names, T& variable, const std::string& about) {
    try {
        return program_option{*app_->add_option(names, variable, about)};
    } catch (const CLI::Error& reason) {
        fail("option '", names, "': the command line cannot have it (", reason.what(), ")");
    }
}
template program_option program_options::added(const std::string&, std::string&, const std::string&);
template program_option program_options::added(const std::string&, std::filesystem::path&, const std::string&);
template program_option program_options::added(const std::string&, int&, const std::string&);
template program_option program_options::added(const std::string&, std::size_t&, const std::string&);
template program_option program_options::added(const std::string&, double&, const std::string&);
template program_option program_options::added(const std::string&, std::optional<std::uint64_t>&, const std::string&);
template program_option program_options::added(const std::string&, std::vector<std::string>&, const std::string&);
template program_option program_options::added(const std::string&, std::vector<std::size_t>&, const std::string&);
template program_option program_options::added(const std::string&, std::vector<double>&, const std::string&);

program_option program_options::flag(const std::string& names, bool& variable, const std::string& about) {
    return program_option{*app_->add_flag(names, variable, about)};
}
program_option program_options::at(const std::string& name) { return program_option{*app_->get_option(name)}; }
program_options& program_options::command(const std::string& name, const std::string& about) {
    app_->require_subcommand(1);
    CLI::App* const made = app_->add_subcommand(name, about);
    made->fallthrough();
    return *commands_.emplace_back(new program_options{*made});
}

const std::string& program_options::program() const { return app_->get_name(); }
bool program_options::has(const std::string& name) const { return app_->get_option_no_throw(name) != nullptr; }
bool program_options::given(const std::string& name) const { return app_->count(name) > 0; }
bool program_options::chosen() const { return app_->parsed(); }

void program_options::parse(int argc, char** argv, unknown_options unknown) {
    app_->allow_extras(unknown == unknown_options::left);
    check_values(*app_);
    app_->parse(argc, argv);
}
std::optional<int> program_options::parse_or_say(int argc, char** argv) {
    try {
        parse(argc, argv);
        return {};
    } catch (const CLI::ParseError& reason) {
        return app_->exit(reason);
    }
}

}  // namespace ncsn
