// SPDX-License-Identifier: Apache-2.0
/// \file  What the sources of the program gpu share: the case that was asked for, and its line of JSON.
#pragma once

#include "gpu_network.hpp"
#include "gpu_timing.hpp"

#include <cstdio>
#include <string>

/// cifar128_b500_sample in bf16, for instance: which images, the width of the network, how many images at a time, and what is done with them.
struct network_case {
    std::string name, precision, what;
    double seconds;
    std::size_t channels, size, features, batch;

    network_case(const std::string& name_, const std::string& precision_, double seconds_) : name{name_}, precision{precision_}, seconds{seconds_} {
        const bool cifar = name.starts_with("cifar128_b"), mnist = name.starts_with("mnist64_b");
        const std::size_t digits = cifar ? 10 : 9, end = name.find('_', digits);
        ncsn::require((cifar || mnist) && end != std::string::npos, "gpu: ", name, ": ceilings, toy_ssm, gmm_als, and mnist64_bN_WHAT and "
                      "cifar128_bN_WHAT with step, sample, consistent and whole for WHAT are known");
        channels = cifar ? 3 : 1, size = cifar ? 32 : 28, features = cifar ? 128 : 64;
        batch = ncsn::count_of("gpu: images at a time", name.substr(digits, end - digits));
        what = name.substr(end + 1);
    }
};

inline void print(const std::string& name, const std::string& precision, const char* network, const timing& t, double flop,
                  const std::string& more = "") {
    std::printf("{\"case\": \"%s\", \"precision\": \"%s\", \"network\": \"%s\", \"best_ms\": %.6g, \"median_ms\": %.6g, \"peak_mib\": %.6g, "
                "\"flop\": %.6g%s}\n",
                name.c_str(), precision.c_str(), network, t.best, t.median, t.peak_mib, flop, more.c_str());
}

/// Multiplications and additions in the convolutions of one evaluation for a batch. The first cascade, the first block of the second and the last
/// refine block (but for its smaller input) work on the whole image, everything else on a quarter of the pixels.
inline double evaluation_flop(const ncsn::refinenet<array>& network, const network_case& c) {
    double multiplications = 0;
    ncsn::for_each_named([&](const std::string& name, const auto& weight) {
        if (weight.shape().rank() != 4) return;
        const bool smaller = name.starts_with("refine4.adapt_convs.1") || name.starts_with("refine4.msf.convs.1");
        const auto is = [&](const char* part) { return name.starts_with(part); };
        const bool whole = is("begin_conv") || is("end_conv") || is("res1") || is("res2.0") || (is("refine4") && !smaller);
        multiplications += static_cast<double>(weight.size() * c.size * c.size) / (whole ? 1 : 4);
    }, network);
    return 2 * static_cast<double>(c.batch) * multiplications;
}

/// A step of annealed denoising score matching with Adam (gpu_training.cu).
void time_training(const network_case& c);
/// A step of annealed Langevin dynamics, a level of consistent annealed sampling, or a whole run (gpu_sampling.cu).
void time_sampling(const network_case& c);
