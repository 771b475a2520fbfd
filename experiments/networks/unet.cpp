// SPDX-License-Identifier: Apache-2.0
/// \file  The U-Net of diffusion models: unconditional as in adversarial score matching (--parametrisation noise), or told the index of the level.
#include <ncsn/models/unet.hpp>

#include "instances.hpp"

#include <numeric>

using namespace ncsn;

namespace {

/// Norms have 32 groups, or fewer where 32 do not divide the width.
template <bool Conditional, bool Deeper> struct make_unet {
    static constexpr std::array initialisations{"as-executed", "ddpm"};

    unet<array> operator()(const network_settings& s, philox& rng) const {
        if (!Conditional) require_one_score(s);
        constexpr std::size_t groups = 32;
        return {{.channels = s.channels(), .features = s.features, .deeper = Deeper, .conditional = Conditional,
                 .groups = std::gcd(s.features, groups),
                 .initialisation = s.initialisation == "ddpm" ? unet_initialisation::ddpm : unet_initialisation::as_executed, .levels = s.levels},
                rng};
    }
};
[[maybe_unused]] const bool unet_is_added =
    add_network("unet", score_network("U-Net, not told the level: --parametrisation noise", make_unet<false, false>{})) &&
    add_network("unet-deeper", score_network("the same with six sizes", make_unet<false, true>{})) &&
    add_network("unet-conditional", score_network("U-Net, told the level", make_unet<true, false>{}));

}  // namespace
