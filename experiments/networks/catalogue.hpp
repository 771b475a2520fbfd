// SPDX-License-Identifier: Apache-2.0
/// \file  The networks that programs know by name. Each has one source beside this file, which adds it; no program has a line for it.
#pragma once

#include <ncsn/autodiff/derivatives.hpp>
#include <ncsn/models/adapters.hpp>

#include "../common.hpp"

#include <functional>
#include <map>

namespace ncsn {

/// No network has more features, levels, channels, or pixels on a side: far beyond the papers' 256, and far from overflow.
inline constexpr std::size_t most_extent = 4096;

/// What a network is made from: options of `train`, metadata of the files with its weights.
struct network_settings {
    std::string network = "refinenet", parametrisation = "score", precision = "fp32", initialisation = "own";
    ncsn::shape image{1, 28, 28, 1};  ///< extents of one image
    std::size_t features = 64, levels = 10, blocks = 2;

    std::size_t channels() const { return image[3]; }
};

/// A trained network as programs use it, whatever its type: score(x, levels) and, where it can be differentiated, the same along a direction; of an
/// energy, E(x, levels), [N, 1], and that with its gradient in one evaluation.
struct network_functions {
    std::function<array(const array&, const noise_levels&)> score = {}, energy = {};
    std::function<value_and_derivative<array>(const array&, const noise_levels&)> energy_and_slope = {};
    std::function<dual<array>(const dual<array>&, const noise_levels&)> score_along = {};
    std::size_t parameters = 0;
};

struct training_request;
struct training_settings;

/// One network of the catalogue. What it cannot be is an error of either function before anything is made.
struct catalogue_entry {
    std::string what;                                                               ///< one line for --help
    int (*train)(const training_request&);
    network_functions (*load)(const network_settings&, const std::filesystem::path& weights, const std::string& prefix);
    bool energy = false;                                                            ///< trained by recovery likelihood, on images in [-1, 1]
    void (*defaults)(training_settings&) = nullptr;                                 ///< of train's options, where they are others than usual

    /// From what to what its images go.
    json range() const { return {energy ? -1 : 0, 1}; }
};
inline std::map<std::string, catalogue_entry>& catalogue() {
    static std::map<std::string, catalogue_entry> known;
    return known;
}
/// For a source of a network:  const bool refinenet_is_added = add_network("refinenet", {...});
inline bool add_network(const std::string& name, catalogue_entry entry) { return catalogue().emplace(name, std::move(entry)).second; }

/// "refinenet, baseline" or, with what each is, for --help.
inline std::string known_networks(bool described = false) {
    std::string text;
    for (const auto& [name, entry] : catalogue()) text += (text.empty() ? "" : described ? "; " : ", ") + name + (described ? " "
            "(" + entry.what + ")" : "");
    return text;
}
inline const catalogue_entry& network_named(const std::string& name) {
    const auto found = catalogue().find(name);
    require(found != catalogue().end(), "--model ", name, ": no network has this name; ", known_networks(), " are known");
    return found->second;
}

}  // namespace ncsn
