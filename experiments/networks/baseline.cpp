// SPDX-License-Identifier: Apache-2.0
/// \file  The same RefineNet without a noise level: the baseline of Song & Ermon (2019), Appendix B.2, with one level; with several and
/// --parametrisation noise the unconditional network of Jolicoeur-Martineau et al. (2020), Section 2.1.
#include <ncsn/models/refinenet.hpp>

#include "instances.hpp"

using namespace ncsn;

namespace {

struct make_baseline {
    unconditional<refinenet<array, unconditional_norm>> operator()(const network_settings& s, philox& rng) const {
        require_one_score(s);
        return {refinenet<array, unconditional_norm>{{.channels = s.channels(), .features = s.features, .levels = s.levels}, rng}};
    }
};
[[maybe_unused]] const bool baseline_is_added = add_network("baseline", score_network("the RefineNet without a noise level", make_baseline{}));

}  // namespace
