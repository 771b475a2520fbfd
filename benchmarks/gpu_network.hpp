// SPDX-License-Identifier: Apache-2.0
/// \file  The network that the benchmarks of the GPU sample from, in any precision.
#pragma once

#include <ncsn/models/reduced_precision.hpp>
#include <ncsn/models/refinenet.hpp>

#include <functional>
#include <string>

using array = ncsn::tensor<float, ncsn::default_device>;

/// Any network, so that samplers are compiled once.
using any_score = std::function<array(const array&, const ncsn::noise_levels&)>;

/// The network, computing in bfloat16 for "bf16". Between fp32 and tf32 cuda::math decides, for the process and not for a network.
inline any_score in_precision(const std::string& precision, const ncsn::refinenet<array>& network) {
    if (precision == "bf16")
        return [low = ncsn::reduced_precision<ncsn::bfloat16, ncsn::refinenet<array>>{network}](const array& x, const ncsn::noise_levels& z) {
            return low(x, z);
        };
    return [network](const array& x, const ncsn::noise_levels& z) { return network(x, z); };
}
