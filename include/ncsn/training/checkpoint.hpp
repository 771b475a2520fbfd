// SPDX-License-Identifier: Apache-2.0
/// \file  Whole training runs as files: any state that names its parts.
#pragma once

#include <ncsn/arithmetic/philox.hpp>
#include <ncsn/training/weights.hpp>

#include <bit>
#include <concepts>
#include <optional>

namespace ncsn {

/// A struct with a tuple `state` of fields, all that is carried from one step to the next: networks (which have `members`), optimizers, averages and
/// other such structs, generators, counts, floating-point numbers, and vectors and optionals of all these. A struct that knows which numbers it
/// cannot mean says so in check().
template <class S>
concept State = requires { std::remove_cvref_t<S>::state; };

template <class T> inline constexpr bool is_list = false;
template <class T, class Allocator> inline constexpr bool is_list<std::vector<T, Allocator>> = true;
template <class T> inline constexpr bool is_optional = false;
template <class T> inline constexpr bool is_optional<std::optional<T>> = true;

/// f(name, part) for each part of a state that is a network, a tensor, a generator or a number. Names of fields are joined by dots.
template <class S, class F> void for_each_part(S& node, const std::string& name, const F& f) {
    using type = std::remove_cvref_t<S>;
    if constexpr (State<type>) {
        std::apply([&](const auto&... entries) {
            (for_each_part(node.*(entries.member), name + (name.empty() || !*entries.name ? "" : ".") + entries.name, f), ...);
        }, type::state);
    } else if constexpr (is_list<type>) {
        for (std::size_t i = 0; i < node.size(); ++i) for_each_part(node[i], name + (name.empty() ? "" : ".") + std::to_string(i), f);
    } else if constexpr (is_optional<type>) {
        if (node) for_each_part(*node, name, f);
    } else {
        static_assert(Module<type> || Array<type> || std::same_as<type, philox> || std::is_arithmetic_v<type>,
                      "a state consists of networks, tensors, generators, numbers, and structs with a tuple `state` of such parts");
        f(name, node);
    }
}
/// Throws where a part of a state says that its numbers cannot be.
template <class S> void check_parts(const S& node) {
    if constexpr (State<S>) {
        std::apply([&](const auto&... entries) { (check_parts(node.*(entries.member)), ...); }, S::state);
        if constexpr (requires { node.check(); }) node.check();
    } else if constexpr (is_list<S>)
        for (const auto& part : node) check_parts(part);
    else if constexpr (is_optional<S>)
        if (node) check_parts(*node);
}

/// A format of checkpoints that is read but no longer written: a tensor's name of today there, and its numbers by today's names.
struct older_checkpoint {
    std::map<std::string, std::string> prefixes;
    std::map<std::string, double> reals;
    std::map<std::string, std::vector<std::int64_t>> integers;
};
/// Format 1: one network with Adam, an average and a generator, settings by position.
inline older_checkpoint read_format_1(const safetensors_file& file, const std::filesystem::path& path) {
    const auto settings = file.load<double>("settings"), seconds = file.load<double>("seconds");
    const auto steps = file.load_integers("steps"), generator = file.load_integers("generator");
    require(settings.size() == 5 && seconds.size() == 1 && steps.size() == 2 && generator.size() == 4, "load ", path,
            ": 'settings', 'seconds', 'steps' or 'generator' has another length than 5, 1, 2, 4; the file is damaged");
    return {{{"optimizer.first/", "adam.first/"}, {"optimizer.second/", "adam.second/"}},
            {{"optimizer.settings.rate", settings[0]}, {"optimizer.settings.beta1", settings[1]}, {"optimizer.settings.beta2", settings[2]},
             {"optimizer.settings.epsilon", settings[3]}, {"ema.rate", settings[4]}, {"seconds", seconds[0]}},
            {{"step", {steps[0]}}, {"optimizer.steps", {steps[1]}}, {"rng", generator}}};
}

inline constexpr const char* checkpoint_format = "ncsn checkpoint 2";

/// Whether a file with these metadata is a checkpoint, of whichever format. Files of others have a "format" too: safetensors.torch writes "pt".
inline bool is_checkpoint(const file_metadata& about) {
    const auto found = about.find("format");
    return found != about.end() && found->second.starts_with("ncsn checkpoint ");
}

/// Writes a state as one file: each network as NAME/ and the names of its parameters and buffers, each number and each tensor as NAME; a generator as
/// NAME: seed, stream, draw, first sample. Every number in full precision, so a run that continues from the file is the run that never stopped.
/// Atomic.
template <State S> void save_checkpoint(const std::filesystem::path& path, const S& state, const file_metadata& metadata = {}) {
    safetensors_writer file;
    for_each_part(state, "", [&file]<class P>(const std::string& name, const P& part) {
        if constexpr (Module<P>) add_model(file, name + '/', part);
        else if constexpr (Array<P>) file.add(name, on_device<cpu>(part));
        else if constexpr (std::same_as<P, philox>)
            file.add_integers(name, {std::bit_cast<std::int64_t>(part.seed), part.stream, part.draw, std::bit_cast<std::int64_t>(part.first_sample)});
        else if constexpr (std::integral<P>) file.add_integers(name, {static_cast<std::int64_t>(part)});
        else file.add(name, tensor<double, cpu>{shape{1}, static_cast<double>(part)});
    });
    file.metadata("format", checkpoint_format);
    file.metadata("layout", weight_layout);
    for (const auto& [key, text] : metadata) file.metadata(key, text);
    file.save(path);
}

/// Continues from a file that save_checkpoint wrote for a state of the same structure, or an earlier version of this library for one network. What
/// the file has and the state has not, or the other way round, is an error, as are numbers that cannot be. On failure the state stays as it was.
template <State S> void load_checkpoint(const std::filesystem::path& path, S& state) {
    const auto file = safetensors_file::open(path);
    const auto format = file.metadata().find("format");
    const std::string found_format = format == file.metadata().end() ? "" : format->second;
    require(found_format == checkpoint_format || found_format == "ncsn checkpoint 1", "load ", path, ": not a checkpoint of a training run ('format' "
            "in its metadata is ", found_format.empty() ? "missing" : "'" + found_format + "'", "; '", checkpoint_format, "' was expected); "
            "load_weights reads plain weights");
    const bool current = found_format == checkpoint_format;
    const older_checkpoint old = current ? older_checkpoint{} : read_format_1(file, path);
    const std::string hint = "; the checkpoint is of another training: other networks, or another optimizer";
    std::set<std::string> taken;
    const auto integers_of = [&](const std::string& name, std::size_t count) {
        const auto known = old.integers.find(name);
        require(known != old.integers.end() || file.contains(name), "load ", path, ": no integers '", name, "'", hint);
        taken.insert(name);
        auto values = known != old.integers.end() ? known->second : file.load_integers(name);
        require(values.size() == count, "load ", path, ": '", name, "' has ", values.size(), " integers; ", count, " were expected");
        return values;
    };
    S found = state;
    for_each_part(found, "", [&]<class P>(const std::string& name, P& part) {
        if constexpr (Module<P>) {
            const auto renamed = old.prefixes.find(name + '/');
            taken.merge(read_model(file, path, renamed == old.prefixes.end() ? name + '/' : renamed->second, part));
        } else if constexpr (Array<P>) {
            require(file.contains(name) && file.shape_of(name) == part.shape(), "load ", path, ": no tensor '", name, "' of shape ", part.shape(),
                    hint);
            taken.insert(name);
            part = on_device<typename P::device_type>(file.load<typename P::value_type>(name));
        } else if constexpr (std::same_as<P, philox>) {
            const auto words = integers_of(name, 4);
            constexpr std::int64_t most_words = std::int64_t{1} << 32, most_samples = std::int64_t{1} << 40;
            require(words[1] >= 0 && words[1] < most_words && words[2] >= 0 && words[2] < most_words && words[3] >= 0 && words[3] < most_samples,
                    "load ", path, ": '", name, "' stands at stream ", words[1], ", draw ", words[2], ", sample ", words[3], "; streams and draws "
                        "of 32 "
                    "bits and samples below 2^40 were expected; the file is damaged");
            part = philox{std::bit_cast<std::uint64_t>(words[0]), static_cast<std::uint32_t>(words[1])};
            part.draw = static_cast<std::uint32_t>(words[2]);
            part.first_sample = static_cast<std::uint64_t>(words[3]);
        } else if constexpr (std::integral<P>) {
            const std::int64_t value = integers_of(name, 1)[0];
            using counted = std::conditional_t<std::same_as<P, bool>, std::uint8_t, P>;
            require(std::in_range<counted>(value) && (!std::same_as<P, bool> || value <= 1), "load ", path, ": '", name, "' is ", value, ", which "
                    "cannot be; the file is damaged");
            part = static_cast<P>(value);
        } else {
            const auto known = old.reals.find(name);
            require(known != old.reals.end() || (file.contains(name) && file.shape_of(name).size() == 1), "load ", path, ": no number '", name,
                    "'", hint);
            taken.insert(name);
            part = static_cast<P>(known != old.reals.end() ? known->second : file.load<double>(name)[0]);
            require(std::isfinite(part), "load ", path, ": '", name, "' is ", part, "; a finite number was expected; the file is damaged");
        }
    });
    if (current)
        for (const auto& name : file.names())
            require(taken.contains(name), "load ", path, ": '", name, "' ", file.shape_of(name), " has no place in this state", hint);
    try {
        check_parts(found);
    } catch (const error& reason) {
        fail("load ", path, ": ", reason.what(), "; the file is damaged");
    }
    state = std::move(found);
}

}  // namespace ncsn
