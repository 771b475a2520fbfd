// SPDX-License-Identifier: Apache-2.0
/// \file  Weights of InceptionV3 that a rule makes of their names, so that a recording of 95 MB of weights needs none of them.
#pragma once

#include <ncsn/arrays/tensor.hpp>
#include <ncsn/autodiff/module.hpp>

#include <zlib.h>

#include <cmath>
#include <cstdint>
#include <string>

namespace ncsn {

/// The tensor with that published name, in PyTorch's order of axes. For element k, all modulo 2³²: h = crc32(name) xor (k 2654435761); h ^= h >> 16;
/// h *= 0x7feb352d; h ^= h >> 15; h *= 0x846ca68b; h ^= h >> 16; u = h / 2³² - ½. Convolutions are √(24/(in kh kw)) u, weights of normalisations
/// 1 + 0.2 u, their biases and running means 0.2 u, running variances 1 + 0.5 u, fc.weight √(12/2048) u and fc.bias 0.2 u, each rounded to float32.
template <class M> tensor<double, cpu> inception_by_rule(const std::string& name, const M& network) {
    const std::size_t last = name.rfind('.');
    std::string layer = name.substr(0, last), what = name.substr(last + 1);
    const bool convolution = layer.ends_with(".conv"), norm = layer.ends_with(".bn");
    if (convolution || norm) layer = layer.substr(0, layer.rfind('.'));
    shape s;
    for (const auto& part : parts_of(network, true)) {
        const shape& found = shape_of(*part.parameter);
        if (part.name == layer + ".weight" && convolution) s = {found[0], found[3], found[1], found[2]};
        else if (part.name == layer + ".weight" && norm) s = {found[0]};
        else if (part.name == name && !convolution && !norm) s = found;
    }
    require(s.rank() > 0, "inception_by_rule: '", name, "' is no tensor of the network");
    const double fan_in = static_cast<double>(s.row_size());
    const double factor = convolution ? std::sqrt(24 / fan_in) : norm && what == "running_var" ? 0.5 : norm || what == "bias" ? 0.2
                                                                                                      : std::sqrt(12 / fan_in);
    const double offset = norm && (what == "weight" || what == "running_var") ? 1 : 0;
    const auto seed = static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(name.data()), static_cast<uInt>(name.size())));
    auto result = tensor<double, cpu>::uninitialized(s);
    double* to = result.write();
    for (std::uint32_t k = 0; k < s.size(); ++k) {
        std::uint32_t h = seed ^ (k * 2654435761u);
        h ^= h >> 16, h *= 0x7feb352du, h ^= h >> 15, h *= 0x846ca68bu, h ^= h >> 16;
        const double u = h / 4294967296.0 - 0.5;
        to[k] = static_cast<float>(offset + factor * u);
    }
    return result;
}

}  // namespace ncsn
