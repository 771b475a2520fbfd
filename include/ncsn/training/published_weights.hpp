// SPDX-License-Identifier: Apache-2.0
/// \file  Weights of others by their published names, for networks that are only evaluated: normalisations are folded into convolutions on the way.
#pragma once

#include <ncsn/models/feature_network.hpp>
#include <ncsn/training/weights.hpp>

#include <functional>

namespace ncsn {

/// A tensor of published weights by its name, in PyTorch's order of axes: [out, in/groups, kh, kw].
using published_tensors = std::function<tensor<double, cpu>(const std::string&)>;

/// Fills a network of folded convolutions and dense layers from published tensors. Where one is missing or has other extents, the network keeps what
/// it has.
template <Module M> void take_published(M& network, const published_tensors& tensor_of) {
    using A = parameter_t<M>;
    using T = typename A::value_type;
    M found = network;
    const auto parts = parts_of(found, true);
    require(parts.size() % 2 == 0, "take_published: a network of weights and biases in pairs was expected");
    const auto rounded = [](const tensor<double, cpu>& from, const shape& s, const std::string& name) {
        require(from.shape() == s, "published weights: '", name, "' is ", from.shape(), "; ", s, " was expected");
        auto to = tensor<T, cpu>::uninitialized(s);
        std::transform(from.data(), from.data() + from.size(), to.write(), [](double v) { return static_cast<T>(v); });
        return to;
    };
    for (std::size_t i = 0; i < parts.size(); i += 2) {
        A &weight = *parts[i].parameter, &bias = *parts[i + 1].parameter;
        const std::string name = parts[i].name.substr(0, parts[i].name.rfind('.'));
        if (weight.shape().rank() == 2) {
            weight = rounded(tensor_of(name + ".weight"), weight.shape(), name + ".weight");
            bias = rounded(tensor_of(name + ".bias"), bias.shape(), name + ".bias");
            continue;
        }
        const auto [stored, norm] = M::names_of(name);
        const auto w = tensor_of(stored);
        const shape &s = weight.shape(), expected{s[0], s[3], s[1], s[2]};
        require(w.shape() == expected, "published weights: '", stored, "' is ", w.shape(), "; ", expected, " was expected");
        folded_conv<A> conv;
        conv.weight = weight;
        fold(conv, from_torch_layout(w), {tensor_of(norm + ".weight"), tensor_of(norm + ".bias"), tensor_of(norm + ".running_mean"),
                                          tensor_of(norm + ".running_var"), M::epsilon});
        weight = conv.weight;
        bias = conv.bias;
    }
    network = std::move(found);
}

/// The same from a .safetensors file, which must hold what the network has and nothing else (but for counts of batches).
template <Module M> void load_published(const std::filesystem::path& path, M& network) {
    const auto file = safetensors_file::open(path);
    const std::string layout = layout_of(file, path, "");
    require(layout.empty() || layout == torch_layout, "load ", path, ": its weights are [", layout, "]; published ones, [", torch_layout,
            "], were expected");
    std::set<std::string> used;
    M found = network;
    take_published(found, [&](const std::string& name) {
        used.insert(name);
        return file.load<double>(name);
    });
    for (const auto& name : file.names())
        require(used.contains(name) || name.ends_with("num_batches_tracked"), "load ", path, ": tensor '", name, "' has no place in this network");
    network = std::move(found);
}

}  // namespace ncsn
