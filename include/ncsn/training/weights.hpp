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
    static_assert(lists_its_members<M>, "`members` must list every data member of a model: one was forgotten, and the file would not have it");
    for_each_named([&](const std::string& name, const auto& value) { file.add(prefix + name, on_device<cpu>(value)); }, model);
}

/// The axes of convolution weights in PyTorch, and so in the papers' official checkpoints.
inline constexpr const char* torch_layout = "out,in,kh,kw";

/// The layout of a file's convolution weights: what its metadata say or, where they say nothing, what the caller does; empty if neither knows.
inline std::string layout_of(const safetensors_file& file, const std::filesystem::path& path, const std::string& given) {
    const auto found = file.metadata().find("layout");
    const std::string stored = found == file.metadata().end() ? given : found->second;
    require(given.empty() || stored == given, "load ", path, ": its convolution weights are [", stored, "], as it says itself; the layout [", given,
            "] was given");
    require(stored.empty() || stored == weight_layout || stored == torch_layout, "load ", path, ": convolution weights are stored as [", stored,
            "]; [", weight_layout, "] or [", torch_layout, "] was expected");
    return stored;
}

/// [out, in, kh, kw] -> [out, kh, kw, in]; the same exchange of axes makes [N, H, W, C] of [N, C, H, W].
template <class T> tensor<T, cpu> from_torch_layout(const tensor<T, cpu>& w) {
    const shape& s = w.shape();
    auto result = tensor<T, cpu>::uninitialized({s[0], s[2], s[3], s[1]});
    T* to = result.write();
    for (std::size_t o = 0; o < s[0]; ++o)
        for (std::size_t k = 0; k < s[2] * s[3]; ++k)
            for (std::size_t i = 0; i < s[1]; ++i) *to++ = w[(o * s[1] + i) * s[2] * s[3] + k];
    return result;
}

/// Reads what add_model wrote; the full names of the tensors it took. The model says which names and shapes it has; a file of another network is
/// refused, and the model stays as it was. Where a file does not say its layout, it is that given; a tensor whose shape fits both ways, [4,3,3,3], is
/// refused until one is.
template <Module M>
std::set<std::string> read_model(const safetensors_file& file, const std::filesystem::path& path, const std::string& prefix, M& model,
                                 const std::string& given_layout = "") {
    const std::string hint = "; the file holds another network, or one with other settings (channels, features, levels): its metadata say which";
    const std::string layout = layout_of(file, path, given_layout);
    static_assert(lists_its_members<M>, "`members` must list every data member of a model: one was forgotten, and would not be read");
    std::set<std::string> expected;
    M found = model;
    for_each_named([&](const std::string& name, auto& value) {
        using A = std::remove_cvref_t<decltype(value)>;
        const std::string full = prefix + name;
        require(file.contains(full), "load ", path, ": no tensor '", full, "'; ", value.shape(), " was expected",
                file.contains("module." + full) ? "; its names begin with 'module.', as DataParallel of PyTorch leaves them: give the prefix "
                                                  "\"module.\"" : hint);
        const shape& stored = file.shape_of(full);
        const shape& s = value.shape();
        const bool image = s.rank() == 4 && stored.rank() == 4;
        const bool torch = image && stored == shape{s[0], s[3], s[1], s[2]};
        require(layout != torch_layout || !image || torch, "load ", path, ": tensor '", full, "' is ", stored, "; ",
                image ? shape{s[0], s[3], s[1], s[2]} : s, " was expected in the layout [", torch_layout, "]", hint);
        require(layout == torch_layout ? image || stored == s : stored == s, "load ", path, ": tensor '", full, "' is ", stored,
                "; ", s, " was expected", torch ? "; these are the axes [out,in,kh,kw]: give the layout \"out,in,kh,kw\"" : hint);
        const bool either = torch && stored == s && (s[1] != 1 || s[2] != 1) && s[3] != 1;
        require(!either || !layout.empty(), "load ", path, ": tensor '", full, "' is ", stored, ", which is [", weight_layout, "] as well as [",
                torch_layout, "], and the file has no metadata `layout`: say which, load_weights(path, model, prefix, layout)");
        expected.insert(full);
        auto read = file.load<typename A::value_type>(full);
        if (layout == torch_layout && torch) read = from_torch_layout(read);
        value = on_device<typename A::device_type>(read);
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
/// layout: the axes of convolution weights where the file does not say them, weight_layout or torch_layout, which is transposed.
template <Module M>
void load_weights(const std::filesystem::path& path, M& model, const std::string& prefix = "", const std::string& layout = "") {
    read_model(safetensors_file::open(path), path, prefix, model, layout);
}

}  // namespace ncsn
