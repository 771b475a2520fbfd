// SPDX-License-Identifier: Apache-2.0
/// \file  What a program can be told on its command line. CLI11 reads it, in a source that is compiled once: its own code costs a program 8 s.
#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace ncsn {

/// What an option can be; one that is on or off is a flag. Another type needs a line here and one in support/options.cpp.
template <class T> inline constexpr bool is_option_value = false;
template <> inline constexpr bool is_option_value<std::string> = true;
template <> inline constexpr bool is_option_value<std::filesystem::path> = true;
template <> inline constexpr bool is_option_value<int> = true;
template <> inline constexpr bool is_option_value<std::size_t> = true;
template <> inline constexpr bool is_option_value<double> = true;
template <> inline constexpr bool is_option_value<std::optional<std::uint64_t>> = true;
template <> inline constexpr bool is_option_value<std::vector<std::string>> = true;
template <> inline constexpr bool is_option_value<std::vector<std::size_t>> = true;
template <> inline constexpr bool is_option_value<std::vector<double>> = true;

/// One option of a program, for what is asked of its value.
class program_option {
public:
    program_option& required();
    program_option& show_default(); ///< in --help: what the variable holds now
    program_option& list();         ///< several values, separated by commas
    program_option& each_time();    ///< a value each time it is given, and not the last of them
    program_option& above_zero();
    program_option& one_of(const std::vector<std::string>& values);
    program_option& excludes(const program_option& other);

private:
    friend class program_options;
    explicit program_option(CLI::Option& of) : of_{&of} {}
    CLI::Option* of_;
};

/// The options of a program or of one of its commands. Of all: counts are counts, real numbers are finite, and the last of several values wins, so
/// that scripts may have defaults. A program with commands wants one of them; what every program can be told may stand behind it.
class program_options {
public:
    explicit program_options(const std::string& about = "", const std::string& program = "");
    program_options(const program_options&) = delete;
    ~program_options();

    /// names: "--count". The variable keeps what it holds unless the option is given. Throws where there cannot be such an option.
    template <class T> program_option add(const std::string& names, T& variable, const std::string& about) {
        static_assert(is_option_value<T>, "an option is a std::string, a path, an int, a std::size_t, a double, an optional std::uint64_t, or "
                      "a std::vector of strings, std::size_t or doubles");
        return added(names, variable, about);
    }
    /// "--force", or "--flip,!--no-flip".
    program_option flag(const std::string& names, bool& variable, const std::string& about);
    program_option at(const std::string& name);
    program_options& command(const std::string& name, const std::string& about);

    const std::string& program() const;
    bool has(const std::string& name) const;
    bool given(const std::string& name) const;
    bool chosen() const;  ///< a command: whether it was

    enum class unknown_options { refused, left };
    void parse(int argc, char** argv, unknown_options unknown = unknown_options::refused);
    /// Parses, and says what is wrong, or --help: the exit status of a program that ends with that.
    std::optional<int> parse_or_say(int argc, char** argv);

private:
    explicit program_options(CLI::App& command);
    template <class T> program_option added(const std::string& names, T& variable, const std::string& about);

    std::unique_ptr<CLI::App> whole_;
    CLI::App* app_;
    std::list<std::unique_ptr<program_options>> commands_;
};

}  // namespace ncsn
