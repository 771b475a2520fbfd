// SPDX-License-Identifier: Apache-2.0
/// \file  What of the programs is compiled for a network: its training and its evaluation, in every precision of the device.
#pragma once

#include <ncsn/layers/initialisation.hpp>
#include <ncsn/models/energy_score.hpp>

#include "catalogue.hpp"
#include "training_session.hpp"

#include <array>

namespace ncsn {

/// Throws unless the extents of a network are such as a machine can hold.
inline void check(const network_settings& s) {
    const std::size_t least = std::min({s.features, s.levels, s.blocks, s.image[1], s.image[2], s.image[3]});
    const std::size_t largest = std::max({s.features, s.levels, s.blocks, s.image[1], s.image[2], s.image[3]});
    require(least > 0 && largest <= most_extent, "--features ", s.features, ", --levels ", s.levels, ", --blocks ", s.blocks, ", images ", s.image,
            ": 1 to ", most_extent, " were expected");
    parametrisation_of(s.parametrisation);
    set_precision<default_device>(s.precision);
}

/// How many parameters make(settings, rng) would have, without making it: counts of networks grow with the square of their width and with the numbers
/// of levels and of blocks, so small ones tell. Widths are multiples of 8 here, as a network may divide its width; near enough for a limit.
template <class Make> double expected_parameters(const network_settings& s, const Make& make) {
    constexpr std::array<double, 3> widths{8, 16, 24};
    const auto count = [&](double features, std::size_t levels, std::size_t blocks) {
        network_settings small = s;
        small.features = static_cast<std::size_t>(features), small.levels = levels, small.blocks = blocks;
        philox rng;
        return static_cast<double>(parameter_count(make(small, rng)));
    };
    const auto on_line = [](std::size_t n, const auto& of) {                        // through what 1 and 2 have
        const double one = of(1);
        return n == 1 ? one : one + (of(2) - one) * static_cast<double>(n - 1);
    };
    double expected = 0;
    for (std::size_t i = 0; i < widths.size(); ++i) {                               // a parabola through three points
        double weight = 1;
        for (std::size_t j = 0; j < widths.size(); ++j)
            if (j != i) weight *= (static_cast<double>(s.features) - widths[j]) / (widths[i] - widths[j]);
        expected += weight * on_line(s.levels, [&](std::size_t levels) {
            return on_line(s.blocks, [&](std::size_t blocks) { return count(widths[i], levels, blocks); });
        });
    }
    return expected;
}
/// Throws where a network is far too large for what is there, of which `most` says how many numbers it can be. Small networks are not looked at.
template <class Make> void require_possible(const network_settings& s, const Make& make, double most, const std::string& what) {
    constexpr std::size_t small = 64, few = 4;
    check(s);
    if (s.features <= small && s.levels * s.features <= small * small && s.blocks <= few) return;
    const double expected = expected_parameters(s, make);
    require(expected <= 2 * most, what, ": features ", s.features, ", levels ", s.levels, " and blocks ", s.blocks, " make a ", s.network,
            " of ", brief(expected, 3), " parameters; ", brief(most, 3), " was expected at most");
}

/// Throws where a network that is not told its level would be the score of several.
inline void require_one_score(const network_settings& s) {
    require(s.levels == 1 || s.parametrisation != "score", "--model ", s.network, " is not told its noise level, so as a score it knows one, not ",
            s.levels, "; add --levels 1 and --sigma-first (NCSN's paper: 0.01), or --parametrisation noise");
}

/// Throws unless the initial weights that the settings name are known for this network: its own, Keras' for any, and others that Make lists in
/// `initialisations` and makes itself.
template <class Make> void check_initialisation(const network_settings& s) {
    std::string known = "own, keras";
    bool found = s.initialisation == "own" || s.initialisation == "keras";
    if constexpr (requires { Make::initialisations; })
        for (const std::string other : Make::initialisations) found = found || s.initialisation == other, known += ", " + other;
    require(found, "--initialisation ", s.initialisation, ": --model ", s.network, " knows ", known);
}

/// The network that Make{}(settings, rng) makes, with the initial weights that the settings name.
template <class Make> auto made(const network_settings& s, philox& rng) {
    check(s);
    check_initialisation<Make>(s);
    auto network = Make{}(s, rng);
    if (s.initialisation == "keras") initialise_as_keras(network, rng);
    return network;
}

/// A network that make(settings, rng) makes, as a score in the precision and the parametrisation that the settings name.
template <class Make> struct as_score {
    static constexpr bool energy = false;

    template <class F> static auto with(const network_settings& s, philox& rng, const F& f) {
        auto network = made<Make>(s, rng);
        const parametrisation output = parametrisation_of(s.parametrisation);
        if constexpr (has_low_precision<default_device>)
            if (s.precision == "bf16") return f(parametrised{reduced_precision<bfloat16, decltype(network)>{std::move(network)}, output});
        return f(parametrised{std::move(network), output});
    }
    template <Module M> static network_functions functions(M model) {
        network_functions found{.parameters = parameter_count(model)};
        if constexpr (!is_reduced<M>) found.score_along = [model](const dual<array>& x, const noise_levels& z) { return model(x, z); };
        found.score = [model = std::move(model)](const array& x, const noise_levels& z) { return model(x, z); };
        return found;
    }
};
/// The same as an energy.
template <class Make> struct as_energy {
    static constexpr bool energy = true;

    template <class F> static auto with(const network_settings& s, philox& rng, const F& f) { return f(image_energy{made<Make>(s, rng)}); }
    template <Module M> static network_functions functions(const M& model) {
        network_functions found{.parameters = parameter_count(model)};
        found.energy = [model](const array& x, const noise_levels& z) { return model(x, z); };
        found.energy_and_slope = [model](const array& x, const noise_levels& z) {
            return vjp([&](const auto& at) { return model(at, z); }, x, array({x.shape()[0], 1}, 1));
        };
        found.score = [model](const array& x, const noise_levels& z) { return score_of(model)(x, z); };
        return found;
    }
};

/// The entry of a network of that kind, as_score or as_energy. defaults: of train's options.
template <class Make, template <class> class Kind> catalogue_entry network_entry(const std::string& what, void (*defaults)(training_settings&)) {
    return {what,
            [](const training_request& request) {
                philox rng{request.settings.seed};
                const network_settings s = request.settings.network(request.data.shape());
                check_initialisation<Make>(s);                                      // before a small one is made, to be counted
                constexpr double copies = 5;                                        // the network, its gradient, its average, Adam's moments
                require_possible(s, Make{}, physical_memory() / (copies * sizeof(float)), "memory");
                return Kind<Make>::with(s, rng, [&](auto model) { return train(request, std::move(model), rng); });
            },
            [](const network_settings& s, const std::filesystem::path& weights, const std::string& prefix) {
                philox rng;
                const auto file = safetensors_file::open(weights);
                double numbers = 0;
                for (const auto& name : file.names())
                    if (name.starts_with(prefix)) numbers += static_cast<double>(file.shape_of(name).size());
                require_possible(s, Make{}, numbers, "--weights " + weights.string());
                return Kind<Make>::with(s, rng, [&](auto model) {
                    load_weights(weights, model, prefix);
                    return Kind<Make>::functions(std::move(model));
                });
            },
            Kind<Make>::energy, defaults};
}
/// The entry of a score network, or of an energy, which make(settings, rng) makes: a function object without state.
template <class Make> catalogue_entry score_network(const std::string& what, Make) { return network_entry<Make, as_score>(what, nullptr); }
template <class Make> catalogue_entry energy_network(const std::string& what, Make, void (*defaults)(training_settings&)) {
    return network_entry<Make, as_energy>(what, defaults);
}

}  // namespace ncsn
