// SPDX-License-Identifier: Apache-2.0
/// \file  The protocol of features.
#include <ncsn/statistics/feature_protocol.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(only_inception_features_give_what_is_called_fid) {
    const feature_protocol lite{"EfficientNet-Lite0", "224", "5793"}, inception{feature_protocol::fid_features, "299", "6726"};
    BOOST_TEST(lite.distance_name() == "FD (EfficientNet-Lite0)");
    BOOST_TEST(lite.kernel_distance_name() == "KD (EfficientNet-Lite0)");
    BOOST_TEST(inception.distance_name() == "FID");
    BOOST_TEST(inception.kernel_distance_name() == "KID");
    BOOST_TEST((comparison_protocol{lite, 1000, 5000}.id() == "FD (EfficientNet-Lite0), version 1, weights 5793, 1000 samples against 5000"));
}

BOOST_AUTO_TEST_CASE(features_made_in_different_ways_are_not_compared) {
    const feature_protocol one{"EfficientNet-Lite0", "224", "5793", 1};
    BOOST_TEST((require_same_protocol(one, one) == one));
    const auto refused = [&](const feature_protocol& other, const std::string& words) {
        BOOST_CHECK_EXCEPTION(require_same_protocol(one, other), error,
                              [&](const error& e) { return std::string{e.what()}.find(words) != std::string::npos; });
    };
    refused({"digits", "224", "5793", 1}, "networks differ, 'EfficientNet-Lite0' and 'digits'");
    refused({"EfficientNet-Lite0", "299", "5793", 1}, "inputs differ");
    refused({"EfficientNet-Lite0", "224", "0000", 1}, "weights differ");
    refused({"EfficientNet-Lite0", "224", "5793", 2}, "versions differ, '1' and '2'");
}
