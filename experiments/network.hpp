// SPDX-License-Identifier: Apache-2.0
/// \file  Networks and schedules as settings name them, and trained networks from files.
#pragma once

#include <ncsn/levels/schedule.hpp>
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/refinenet.hpp>
#include <ncsn/training/checkpoint.hpp>

#include "common.hpp"

namespace ncsn {

/// The schedule of that name as plain numbers.
inline std::vector<double> make_schedule(const std::string& name, schedule_settings s) {
    const auto numbers = [](const auto& schedule) { return std::vector<double>(schedule.begin(), schedule.end()); };
    if (name == "geometric") return numbers(geometric{s});
    if (name == "linear") return numbers(linear{s});
    require(name == "hybrid", "--schedule ", name, ": no schedule has this name; geometric, linear and hybrid are known");
    return numbers(hybrid{s});
}

/// f(a new network of that name). "refinenet" is told the noise level; "baseline", the same network without that, knows one.
template <class F> auto with_network(const std::string& name, refinenet_settings s, philox& rng, const F& f) {
    require(s.features > 0, "--features 0: at least one feature is needed");
    if (name == "refinenet") return f(refinenet<array>{s, rng});
    require(name == "baseline", "--model ", name, ": no network has this name; refinenet and baseline are known");
    require(s.levels == 1, "--model baseline knows one noise level, not ", s.levels, "; add --levels 1 and --sigma-first (the paper: 0.01)");
    return f(unconditional{refinenet<array, unconditional_norm>{s, rng}});
}

/// A file with trained weights, or the folder of a run, and the settings that it says it was trained with.
struct trained_weights {
    std::filesystem::path path;
    std::string prefix;  ///< "ema/" in a checkpoint
    json config;
    std::vector<double> sigmas;

    explicit trained_weights(const std::filesystem::path& file_or_run) : path{file_or_run} {
        std::error_code ignored;
        if (std::filesystem::is_directory(path, ignored)) {
            path = file_or_run / "checkpoints" / "last.safetensors";
            require(std::filesystem::exists(path, ignored), "--weights ", file_or_run, ": this folder has no checkpoints/last.safetensors; name the folder of a "
                    "run of `train`, or a .safetensors file");
        }
        const auto metadata = safetensors_file::open(path).metadata();
        if (metadata.contains("format")) prefix = "ema/";
        require(metadata.contains("config"), "--weights ", path, ": its metadata have no 'config', so the network is unknown; use a file that `train` wrote");
        try {
            config = json::parse(metadata.at("config"));
            sigmas = make_schedule(config.at("schedule"), schedule());
            refinenet_of();
        } catch (const json::exception& reason) {
            fail("--weights ", path, ": 'config' in its metadata is incomplete (", reason.what(), "); use a file that `train` wrote");
        }
    }
    schedule_settings schedule() const { return {config.at("sigma-first"), config.at("sigma-last"), config.at("levels")}; }
    refinenet_settings refinenet_of() const { return {config.at("image").at(2), config.at("features"), config.at("levels")}; }
    /// Extents of n images.
    shape images(std::size_t n) const { return {n, config.at("image").at(0), config.at("image").at(1), config.at("image").at(2)}; }

    /// f(the network with these weights).
    template <class F> auto visit(const F& f) const {
        philox rng;
        return with_network(config.at("model"), refinenet_of(), rng, [&](auto model) {
            load_weights(path, model, prefix);
            return f(model);
        });
    }
};

}  // namespace ncsn
