// SPDX-License-Identifier: Apache-2.0
/// \file  Models as .safetensors files.
#pragma once

#include <ncsn/arrays/files/safetensors.hpp>
#include <ncsn/autodiff/module.hpp>

namespace ncsn {

/// What a file says about itself: text by name.
using file_metadata = std::map<std::string, std::string>;

/// The order of the axes of convolution weights in our files; the official checkpoints have [out, in, kh, kw].
inline constexpr const char* weight_layout = "out,kh,kw,in";

/// Adds every parameter and buffer of a model under prefix + its name.
template <Module M> void add_model(safetensors_writer& file, const std::string& prefix, const M& model) {
    for_each_named([&](const std::string& name, const auto& value) { file.add(prefix + name, on_device<cpu>(value)); }, model);
}

/// Throws unless a file has the layout of our weights, or says nothing about it.
inline void require_layout(const safetensors_file& file, const std::filesystem::path& path) {
    const auto layout = file.metadata().find("layout");
    require(layout == file.metadata().end() || layout->second == weight_layout, "load ", path, ": convolution weights are stored as [",
            layout == file.metadata().end() ? "" : layout->second, "]; [", weight_layout, "] was expected; transpose them");
}

/// Reads what add_model wrote; the full names of the tensors it took. The model says which names and shapes it has; a file of another network is
/// refused, and the model stays as it was.
template <Module M>
std::set<std::string> read_model(const safetensors_file& file, const std::filesystem::path& path, const std::string& prefix, M& model) {
    const std::string hint = "; the file holds another network, or one with other settings (channels, features, levels): its metadata say which";
    require_layout(file, path);
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
    return expected;
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

}  // namespace ncsn
