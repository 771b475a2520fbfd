// SPDX-License-Identifier: Apache-2.0
/// \file  Models and whole training runs as .safetensors files.
#pragma once

#include <ncsn/arithmetic/philox.hpp>
#include <ncsn/arrays/files/safetensors.hpp>
#include <ncsn/training/adam.hpp>
#include <ncsn/training/ema.hpp>

#include <bit>

namespace ncsn {

/// What a file says about itself: text by name.
using file_metadata = std::map<std::string, std::string>;

/// The order of the axes of convolution weights in our files; the official checkpoints have [out, in, kh, kw].
inline constexpr const char* weight_layout = "out,kh,kw,in";

/// Adds every parameter and buffer of a model under prefix + its name.
template <Module M> void add_model(safetensors_writer& file, const std::string& prefix, const M& model) {
    for_each_named([&](const std::string& name, const auto& value) { file.add(prefix + name, on_device<cpu>(value)); }, model);
}

/// Reads what add_model wrote. The model says which names and shapes it has; a file of another network is refused, and the model stays as it was.
template <Module M> void read_model(const safetensors_file& file, const std::filesystem::path& path, const std::string& prefix, M& model) {
    const std::string hint = "; the file holds another network, or one with other settings (channels, features, levels): its metadata say which";
    const auto layout = file.metadata().find("layout");
    require(layout == file.metadata().end() || layout->second == weight_layout, "load ", path, ": convolution weights are stored as [",
            layout == file.metadata().end() ? "" : layout->second, "]; [", weight_layout, "] was expected; transpose them");
    std::set<std::string> expected;
    M found = model;
    for_each_named([&](const std::string& name, auto& value) {
        using A = std::remove_cvref_t<decltype(value)>;
        const std::string full = prefix + name;
        require(file.contains(full), "load ", path, ": no tensor '", full, "'; ", value.shape(), " was expected", hint);
        const shape& stored = file.shape_of(full);
        const bool transposed = stored.rank() == 4 && value.shape() == shape{stored[0], stored[2], stored[3], stored[1]};
        require(stored == value.shape(), "load ", path, ": tensor '", full, "' is ", stored, "; ", value.shape(), " was expected",
                transposed ? "; these are the axes [out,in,kh,kw]: transpose them to [out,kh,kw,in]" : hint);
        expected.insert(full);
        value = on_device<typename A::device_type>(file.load<typename A::value_type>(full));
    }, found);
    for (const auto& name : file.names()) {
        require(!name.starts_with(prefix) || expected.contains(name), "load ", path, ": tensor '", name, "' ", file.shape_of(name),
                " has no place in this network", hint);
    }
    model = std::move(found);
}

/// Writes the parameters and buffers of a model under their own names, those of the papers' official checkpoints. Atomic.
template <Module M> void save_weights(const std::filesystem::path& path, const M& model, const file_metadata& metadata = {}) {
    safetensors_writer file;
    add_model(file, "", model);
    file.metadata("layout", weight_layout);
    for (const auto& [key, text] : metadata) file.metadata(key, text);
    file.save(path);
}

/// Reads weights into a model of the same structure, whose old values do not matter. From a checkpoint, prefix "ema/" or "model/" chooses which.
template <Module M> void load_weights(const std::filesystem::path& path, M& model, const std::string& prefix = "") {
    read_model(safetensors_file::open(path), path, prefix, model);
}

/// All that a training run carries from one step to the next. The data of a step are a function of its number (batch_order).
template <Module M> struct training_state {
    M model;
    adam<M> optimizer;
    ema<M> average;
    philox rng;
    std::size_t step = 0;  ///< how many were made
    double seconds = 0;    ///< spent on them, over all sessions

    explicit training_state(M m, adam_settings settings = {}, double average_rate = 0.999, philox generator = {})
        : model{std::move(m)}, optimizer{model, settings}, average{model, average_rate}, rng{generator} {}
};

/// Writes a run as one file: model/..., ema/..., adam.first/..., adam.second/..., the counts, the settings of Adam and of the average, and the
/// generator. Every number in full precision, so a run that continues from the file is the run that never stopped. Atomic.
template <Module M> void save_checkpoint(const std::filesystem::path& path, const training_state<M>& state, const file_metadata& metadata = {}) {
    safetensors_writer file;
    add_model(file, "model/", state.model);
    add_model(file, "ema/", state.average.average);
    add_model(file, "adam.first/", state.optimizer.first);
    add_model(file, "adam.second/", state.optimizer.second);
    const adam_settings& s = state.optimizer.settings;
    file.add("settings", tensor<double, cpu>{{5}, {s.rate, s.beta1, s.beta2, s.epsilon, state.average.rate}});
    file.add("seconds", tensor<double, cpu>{shape{1}, state.seconds});
    file.add_integers("steps", {static_cast<std::int64_t>(state.step), static_cast<std::int64_t>(state.optimizer.steps)});
    file.add_integers("generator", {std::bit_cast<std::int64_t>(state.rng.seed), state.rng.stream, state.rng.draw,
                                    std::bit_cast<std::int64_t>(state.rng.first_sample)});
    file.metadata("format", "ncsn checkpoint 1");
    file.metadata("layout", weight_layout);
    for (const auto& [key, text] : metadata) file.metadata(key, text);
    file.save(path);
}

/// Continues from a file that save_checkpoint wrote. On failure the state stays as it was.
template <Module M> void load_checkpoint(const std::filesystem::path& path, training_state<M>& state) {
    const auto file = safetensors_file::open(path);
    const auto format = file.metadata().find("format");
    require(format != file.metadata().end() && format->second == "ncsn checkpoint 1", "load ", path,
            ": not a checkpoint of a training run ('format' in its metadata is not 'ncsn checkpoint 1'); load_weights reads plain weights");
    training_state<M> found = state;
    read_model(file, path, "model/", found.model);
    read_model(file, path, "ema/", found.average.average);
    read_model(file, path, "adam.first/", found.optimizer.first);
    read_model(file, path, "adam.second/", found.optimizer.second);
    const auto settings = file.load<double>("settings"), seconds = file.load<double>("seconds");
    const auto steps = file.load_integers("steps"), generator = file.load_integers("generator");
    require(settings.size() == 5 && seconds.size() == 1 && steps.size() == 2 && generator.size() == 4, "load ", path,
            ": 'settings', 'seconds', 'steps' or 'generator' has another length than 5, 1, 2, 4; the file is damaged");
    found.optimizer.settings = {settings[0], settings[1], settings[2], settings[3]};
    found.average.rate = settings[4];
    found.seconds = seconds[0];
    found.step = static_cast<std::size_t>(steps[0]);
    found.optimizer.steps = static_cast<std::size_t>(steps[1]);
    found.rng = philox{std::bit_cast<std::uint64_t>(generator[0]), static_cast<std::uint32_t>(generator[1])};
    found.rng.draw = static_cast<std::uint32_t>(generator[2]);
    found.rng.first_sample = std::bit_cast<std::uint64_t>(generator[3]);
    state = std::move(found);
}

}  // namespace ncsn
