// SPDX-License-Identifier: Apache-2.0
/// \file  A trained network from a file, whatever network it is.
#pragma once

#include <ncsn/arrays/files/json_values.hpp>
#include <ncsn/levels/schedule.hpp>
#include <ncsn/models/nearest_level.hpp>
#include <ncsn/training/checkpoint.hpp>
#include <ncsn/training/run_directory.hpp>
#include <ncsn/training/weights.hpp>

#include "catalogue.hpp"
#include "recovery_settings.hpp"

#include <optional>

namespace ncsn {

/// The schedule of that name as plain numbers.
inline std::vector<double> make_schedule(const std::string& name, schedule_settings s) {
    constexpr double least = 1e-18, most = 1e18;                                    // their squares are numbers of float
    require(s.levels > 0 && s.levels <= most_extent, "--levels ", s.levels, ": 1 to ", most_extent, " were expected");   // before memory is asked for
    require((s.levels == 1 || s.last >= least) && s.first >= least && s.first <= most, "--sigma-first ", s.first, ", --sigma-last ", s.last, ": ",
            least, " to ", most, " were expected");
    const auto numbers = [](const auto& schedule) { return std::vector<double>(schedule.begin(), schedule.end()); };
    if (name == "geometric") return numbers(geometric{s});
    if (name == "linear") return numbers(linear{s});
    require(name == "hybrid", "--schedule ", name, ": no schedule has this name; geometric, linear and hybrid are known");
    return numbers(hybrid{s});
}

/// Which weights of a run: the running average, or those that the optimizer left.
inline std::string weights_prefix(const std::string& average) {
    require(average == "ema" || average == "none", "--average ", average, ": ema (the running average) and none (the weights themselves) are known");
    return average == "ema" ? "ema/" : "model/";
}

/// An energy of which only E and E with its gradient can be asked, as something that is differentiated once: for score_of and recovery_conditional.
struct differentiable_energy {
    std::function<array(const array&, const noise_levels&)> energy;
    std::function<value_and_derivative<array>(const array&, const noise_levels&)> energy_and_slope;
    static constexpr std::tuple<> members{};

    array operator()(const array& x, const noise_levels& z) const { return energy(x, z); }
    var<array> operator()(const var<array>& x, const noise_levels& z) const {
        auto [e, slope] = energy_and_slope(x.value(), z);
        return recorded(std::move(e), x.node().tape, [to = x.node(), slope = std::move(slope)](const array& adjoint) {
            to.accumulate(as_column(adjoint, slope.shape()) * slope);
        });
    }
};

/// A network from a file with weights, from a checkpoint or from the folder of a run, as a score for samplers and, where it is one, as an energy.
/// What network it is, with which levels and for which images, the file says in its metadata.
class trained_network {
public:
    json config;                 ///< the settings it was trained with
    std::vector<double> sigmas;  ///< the levels it was trained with

    explicit trained_network(const std::filesystem::path& file_or_run, const std::string& precision = "fp32", const std::string& average = "ema")
        : path_{file_or_run} {
        std::error_code ignored;
        const std::string prefix = weights_prefix(average);
        if (std::filesystem::is_directory(path_, ignored)) {
            path_ = run_directory::working(file_or_run) / "checkpoints" / "last.safetensors";
            require(std::filesystem::exists(path_, ignored), "--weights ", file_or_run, ": this folder has no checkpoints/last.safetensors; "
                    "name the folder of a run of `train`, or a .safetensors file");
        }
        const auto metadata = safetensors_file::open(path_).metadata();
        require(metadata.contains("config"), "--weights ", path_,
                ": its metadata have no 'config', so the network is unknown; use a file that `train` wrote");
        const bool checkpoint = is_checkpoint(metadata);
        require(checkpoint || average == "ema", "--average none: ", path_, " has one set of weights; name a checkpoint or the folder of a run");
        try {
            const std::string place = "--weights " + path_.string() + ": 'config' in its metadata";
            config = parse_json(metadata.at("config"), place);
            const auto count = [&](const json& of, const char* name) { return number_of<std::size_t>(of, place, name, 1, most_extent); };
            const auto real = [&](const char* name) { return number_of<double>(config.at(name), place, name); };
            const auto& image = config.at("image");
            const std::size_t levels = count(config.at("levels"), "levels");
            if (network_named(config.at("model")).energy) {
                recovery_ = {.process = config.at("process"), .levels = levels, .moves = count(config.at("moves"), "moves"),
                             .b_squared = real("b-squared")};
                sigmas = noise_of(recovery_->make());
            } else sigmas = make_schedule(config.at("schedule"), {real("sigma-first"), real("sigma-last"), levels});
            settings_ = {.network = config.at("model"), .parametrisation = config.value("parametrisation", "score"), .precision = precision,
                         .image = {1, count(image.at(0), "image"), count(image.at(1), "image"), count(image.at(2), "image")},
                         .features = count(config.at("features"), "features"), .levels = levels,
                         .blocks = config.contains("blocks") ? count(config.at("blocks"), "blocks") : 2};
        } catch (const json::exception& reason) {
            fail("--weights ", path_, ": 'config' in its metadata is incomplete (", reason.what(), "); use a file that `train` wrote");
        }
        const json ours = network_named(settings_.network).range(), its = config.value("range", ours);   // files of earlier versions say none
        require(its == ours, "--weights ", path_, ": its network takes values in ", its.dump(), "; programs give a network of that name images in ",
                ours.dump());
        functions_ = network_named(settings_.network).load(settings_, path_, checkpoint ? prefix : "");
    }
    const std::filesystem::path& path() const { return path_; }
    /// Extents of n images.
    shape images(std::size_t n) const { return settings_.image.with_rows(n); }
    std::size_t parameters() const { return functions_.parameters; }
    /// The data set that it was trained on, by its name or its path.
    std::string data() const {
        const auto found = config.find("data");
        require(found != config.end() && found->is_string(), "--weights ", path_, ": 'config' in its metadata has ",
                found == config.end() ? "no data set" : "\"data\": " + found->dump(), "; a name or a path was expected; give --data");
        return *found;
    }

    /// The score at any σ up to the first level of its own schedule, at x or along a direction (nearest_level).
    template <class X>
        requires std::same_as<X, array> || std::same_as<X, dual<array>>
    X operator()(const X& x, const noise_levels& z) const {
        check(plain(x));
        X s = nearest_level{asked_network{this}, sigmas}(x, z);
        if (asked) asked(z.sigma.front());
        return s;
    }
    /// E(x, σ) of an energy at its own levels: [N, 1].
    bool has_energy() const { return static_cast<bool>(functions_.energy); }
    /// Throws where it is an energy, whose levels and images are others than those of scores.
    void require_score(const std::string& who) const {
        require(!has_energy(), who, ": ", path_, " is an energy with the levels of recovery likelihood; use sample --sampler progressive");
    }
    array energy(const array& x, const noise_levels& z) const {
        require(has_energy(), "--weights ", path_, ": ", settings_.network, " is a score and has no energy; take a network that is one");
        check(x);
        return functions_.energy(x, z);
    }
    /// The same as an energy that can be differentiated once, and the levels it was trained at.
    differentiable_energy energy_model() const {
        require(has_energy(), "--weights ", path_, ": ", settings_.network, " is a score and has no energy; take a network that is one");
        return {[this](const array& x, const noise_levels& z) { return energy(x, z); },
                [this](const array& x, const noise_levels& z) {
                    check(x);
                    auto result = functions_.energy_and_slope(x, z);
                    if (asked) asked(z.sigma.front());
                    return result;
                }};
    }
    const recovery_settings& recovery() const {
        require(recovery_.has_value(), "--weights ", path_, ": ", settings_.network, " is a score; its levels are --schedule");
        return *recovery_;
    }
    std::function<void(double)> asked;  ///< called after each evaluation, with σ

private:
    struct asked_network {
        const trained_network* of;
        array operator()(const array& x, const noise_levels& z) const { return of->functions_.score(x, z); }
        dual<array> operator()(const dual<array>& x, const noise_levels& z) const {
            require(static_cast<bool>(of->functions_.score_along), "--precision ", of->settings_.precision, ": derivatives along the images need "
                    "fp32");
            return of->functions_.score_along(x, z);
        }
    };
    static const array& plain(const array& x) { return x; }
    static const array& plain(const dual<array>& x) { return x.value; }
    void check(const array& x) const {
        const shape expected = images(x.shape()[0]);
        require(x.shape() == expected, "--weights ", path_, ": asked about ", x.shape(), "; the network was trained on images ", expected);
    }

    std::filesystem::path path_;
    network_settings settings_;
    std::optional<recovery_settings> recovery_;
    network_functions functions_;
};

}  // namespace ncsn
