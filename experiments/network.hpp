// SPDX-License-Identifier: Apache-2.0
/// \file  Networks and schedules as settings name them, and trained networks from files.
#pragma once

#include <ncsn/levels/schedule.hpp>
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/reduced_precision.hpp>
#include <ncsn/models/refinenet.hpp>
#include <ncsn/training/checkpoint.hpp>

#include "common.hpp"

#include <functional>

namespace ncsn {

/// The schedule of that name as plain numbers.
inline std::vector<double> make_schedule(const std::string& name, schedule_settings s) {
    const auto numbers = [](const auto& schedule) { return std::vector<double>(schedule.begin(), schedule.end()); };
    if (name == "geometric") return numbers(geometric{s});
    if (name == "linear") return numbers(linear{s});
    require(name == "hybrid", "--schedule ", name, ": no schedule has this name; geometric, linear and hybrid are known");
    return numbers(hybrid{s});
}

template <class M> inline constexpr bool is_reduced = false;
template <class Low, class M> inline constexpr bool is_reduced<reduced_precision<Low, M>> = true;

/// f(a new network of that name, computing in that precision). "refinenet" is told the noise level; "baseline", the same network without that, knows
/// one.
template <class F> auto with_network(const std::string& name, const std::string& precision, refinenet_settings s, philox& rng, const F& f) {
    set_precision<default_device>(precision);
    constexpr std::size_t most = 4096;                                              // far beyond the papers' 128, and far from overflow
    require(s.features > 0 && s.features <= most && s.levels <= most, "--features ", s.features, ", --levels ", s.levels, ": 1 to ", most,
            " were expected");
    if (name == "refinenet") {
        refinenet<array> network{s, rng};
        if constexpr (has_low_precision<default_device>)
            if (precision == "bf16") return f(reduced_precision<bfloat16, refinenet<array>>{std::move(network)});
        return f(std::move(network));
    }
    require(name == "baseline", "--model ", name, ": no network has this name; refinenet and baseline are known");
    require(precision != "bf16", "--precision bf16: not for --model baseline; use tf32");
    require(s.levels == 1, "--model baseline knows one noise level, not ", s.levels, "; add --levels 1 and --sigma-first (the paper: 0.01)");
    return f(unconditional{refinenet<array, unconditional_norm>{s, rng}});
}

/// A trained network from a file, or from the folder of a run, as a score. What network it is, the file says in its metadata.
class trained_score {
public:
    json config;                 ///< the settings it was trained with
    std::vector<double> sigmas;  ///< the levels it was trained with

    explicit trained_score(const std::filesystem::path& file_or_run, const std::string& precision = "fp32") : path_{file_or_run} {
        std::error_code ignored;
        if (std::filesystem::is_directory(path_, ignored)) {
            path_ = file_or_run / "checkpoints" / "last.safetensors";
            require(std::filesystem::exists(path_, ignored), "--weights ", file_or_run, ": this folder has no checkpoints/last.safetensors; "
                    "name the folder of a run of `train`, or a .safetensors file");
        }
        const auto metadata = safetensors_file::open(path_).metadata();
        require(metadata.contains("config"), "--weights ", path_,
                ": its metadata have no 'config', so the network is unknown; use a file that `train` wrote");
        try {
            config = json::parse(metadata.at("config"));
            const auto& image = config.at("image");
            const std::size_t levels = config.at("levels");
            sigmas = make_schedule(config.at("schedule"), {config.at("sigma-first"), config.at("sigma-last"), levels});
            image_ = {1, image.at(0), image.at(1), image.at(2)};
            philox rng;
            with_network(config.at("model"), precision, {image_[3], config.at("features"), levels}, rng, [&](auto model) {
                load_weights(path_, model, metadata.contains("format") ? "ema/" : "");      // a checkpoint has a format, plain weights have not
                network_ = [model = std::move(model)](const array& x, const noise_levels& z) { return model(x, z); };
            });
        } catch (const json::exception& reason) {
            fail("--weights ", path_, ": 'config' in its metadata is incomplete (", reason.what(), "); use a file that `train` wrote");
        }
    }
    const std::filesystem::path& path() const { return path_; }
    /// Extents of n images.
    shape images(std::size_t n) const { return image_.with_rows(n); }

    /// The score at any one σ. Between its levels the network is asked at the next larger one, σₖ, and its denoised image is kept:
    /// (H - x)/σ² = s(x, σₖ) σₖ²/σ². At its own levels this is the network itself.
    array operator()(const array& x, const noise_levels& z) const {
        require(z.sigma.size() == 1, "trained_score: ", z.sigma.size(), " levels; one for all samples was expected");
        const double sigma = z.sigma[0];
        std::size_t k = 0;
        while (k + 1 < sigmas.size() && sigmas[k + 1] >= sigma * (1 - 1e-9)) ++k;
        const array s = network_(x, {{k}, {sigmas[k]}});
        if (asked) asked(sigma);
        const double ratio = sigmas[k] / sigma;
        return ratio < 1 + 1e-9 ? s : (ratio * ratio) * s;
    }
    std::function<void(double)> asked;  ///< called after each evaluation, with σ

private:
    std::filesystem::path path_;
    shape image_;
    std::function<array(const array&, const noise_levels&)> network_;
};

}  // namespace ncsn
