// SPDX-License-Identifier: Apache-2.0
/// \file  NCSNv2 in its four depths: with --parametrisation noise the networks of Song & Ermon (2020) and of adversarial score matching.
#include <ncsn/models/ncsnv2.hpp>

#include "instances.hpp"

using namespace ncsn;

namespace {

template <ncsnv2_depth Depth> struct make_ncsnv2 {
    unconditional<ncsnv2<array>> operator()(const network_settings& s, philox& rng) const {
        require_one_score(s);
        return {ncsnv2<array>{{.channels = s.channels(), .features = s.features, .depth = Depth}, rng}};
    }
};
[[maybe_unused]] const bool ncsnv2_is_added =
    add_network("ncsnv2", score_network("NCSNv2, not told the level: --parametrisation noise", make_ncsnv2<ncsnv2_depth::original>{})) &&
    add_network("ncsnv2-undilated", score_network("the same, halved three times", make_ncsnv2<ncsnv2_depth::undilated>{})) &&
    add_network("ncsnv2-deeper", score_network("for 64 x 64 pixels", make_ncsnv2<ncsnv2_depth::deeper>{})) &&
    add_network("ncsnv2-deepest", score_network("for 256 x 256 pixels", make_ncsnv2<ncsnv2_depth::deepest>{}));

}  // namespace
