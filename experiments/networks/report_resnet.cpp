// SPDX-License-Identifier: Apache-2.0
/// \file  The ResNet of the reproducibility report, told the index of the noise level by its norms.
#include <ncsn/models/report_resnet.hpp>

#include "instances.hpp"

using namespace ncsn;

namespace {

struct make_report_resnet {
    report_resnet<array> operator()(const network_settings& s, philox& rng) const {
        return {{.channels = s.channels(), .features = s.features, .levels = s.levels}, rng};
    }
};
[[maybe_unused]] const bool report_resnet_is_added =
    add_network("report-resnet", score_network("the reproducibility report's ResNet", make_report_resnet{}));

}  // namespace
