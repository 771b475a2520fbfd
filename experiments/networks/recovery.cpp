// SPDX-License-Identifier: Apache-2.0
/// \file  The energy of diffusion recovery likelihood, Gao et al. (2021).
#include <ncsn/models/recovery_resnet.hpp>

#include "instances.hpp"

using namespace ncsn;

namespace {

struct make_recovery {
    recovery_resnet<array> operator()(const network_settings& s, philox& rng) const {
        const auto multipliers = recovery_multipliers(s.image[1], s.image[2]);
        return {{.channels = s.channels(), .width = s.features, .blocks = s.blocks, .multipliers = multipliers, .levels = s.levels},
                rng};
    }
};
/// Those of the published code (T6); the paper's own have no warm-up, average or scale of the loss.
void published(training_settings& s) {
    s.objective = "recovery";
    s.features = 128, s.levels = 6, s.warm_up = 1000;
    s.rate = 1e-4, s.adam_epsilon = 1e-7;
    s.dequantize = false, s.flip = true;
}
[[maybe_unused]] const bool recovery_is_added =
    add_network("recovery", energy_network("energy of diffusion recovery likelihood, a Wide ResNet", make_recovery{}, published));

}  // namespace
