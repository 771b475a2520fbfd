// SPDX-License-Identifier: Apache-2.0
/// \file  What of the programs is compiled for a network: its training and its evaluation, in every precision of the device.
#pragma once

#include <ncsn/models/energy_score.hpp>

#include "catalogue.hpp"
#include "training_session.hpp"

namespace ncsn {

/// Throws unless the extents of a network are such as a machine can hold.
inline void check(const network_settings& s) {
    constexpr std::size_t most = 4096;                                              // far beyond the papers' 128, and far from overflow
    require(s.features > 0 && s.features <= most && s.levels > 0 && s.levels <= most, "--features ", s.features, ", --levels ", s.levels, ": 1 to ",
            most, " were expected");
    parametrisation_of(s.parametrisation);
    set_precision<default_device>(s.precision);
}

/// f(the network that make(settings, rng) makes, as a score in the precision and the parametrisation that the settings name).
template <class Make, class F> auto with_score(const network_settings& s, philox& rng, const Make& make, const F& f) {
    check(s);
    auto network = make(s, rng);
    const parametrisation output = parametrisation_of(s.parametrisation);
    if constexpr (has_low_precision<default_device>)
        if (s.precision == "bf16") return f(parametrised{reduced_precision<bfloat16, decltype(network)>{std::move(network)}, output});
    return f(parametrised{std::move(network), output});
}

/// The entry of a score network, which make(settings, rng) makes: a function object without state.
template <class Make> catalogue_entry score_network(const std::string& what, Make) {
    return {what,
            [](const training_request& request) {
                philox rng{request.settings.seed};
                return with_score(request.settings.network(request.data.shape()), rng, Make{}, [&](auto model) {
                    return train(request, std::move(model), rng);
                });
            },
            [](const network_settings& s, const std::filesystem::path& weights, const std::string& prefix) {
                philox rng;
                return with_score(s, rng, Make{}, [&](auto model) -> network_functions {
                    load_weights(weights, model, prefix);
                    network_functions found;
                    found.parameters = parameter_count(model);
                    if constexpr (!is_reduced<decltype(model)>)
                        found.score_along = [model](const dual<array>& x, const noise_levels& z) { return model(x, z); };
                    found.score = [model = std::move(model)](const array& x, const noise_levels& z) { return model(x, z); };
                    return found;
                });
            }};
}

}  // namespace ncsn
