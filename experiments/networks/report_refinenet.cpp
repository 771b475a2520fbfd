// SPDX-License-Identifier: Apache-2.0
/// \file  The RefineNet of the reproducibility report, told the index of the noise level by its norms; with one level, its baseline.
#include <ncsn/models/report_refinenet.hpp>

#include "instances.hpp"

using namespace ncsn;

namespace {

struct make_report_refinenet {
    report_refinenet<array> operator()(const network_settings& s, philox& rng) const {
        return {{.channels = s.channels(), .features = s.features, .levels = s.levels}, rng};
    }
};
[[maybe_unused]] const bool report_refinenet_is_added =
    add_network("report-refinenet", score_network("the reproducibility report's RefineNet", make_report_refinenet{}));

}  // namespace
