// SPDX-License-Identifier: Apache-2.0
/// \file  The RefineNet of Song & Ermon (2019), told the index of the noise level by its norms.
#include <ncsn/models/refinenet.hpp>

#include "instances.hpp"

using namespace ncsn;

namespace {

template <norm_form Form> struct make_refinenet {
    refinenet<array> operator()(const network_settings& s, philox& rng) const {
        return {{.channels = s.channels(), .features = s.features, .levels = s.levels, .norm = Form}, rng};
    }
};
[[maybe_unused]] const bool refinenet_is_added =
    add_network("refinenet", score_network("RefineNet with conditional instance norm++", make_refinenet<norm_form::coded>{})) &&
    add_network("refinenet-printed", score_network("the same with that norm as the paper prints it", make_refinenet<norm_form::printed>{}));

}  // namespace
