// SPDX-License-Identifier: Apache-2.0
/// \file  Under which conditions features of images were made: what has to be the same for two numbers to be compared.
#pragma once

#include <ncsn/arithmetic/error.hpp>

#include <cstddef>
#include <string>

namespace ncsn {

/// How a set of images became features. Sets are compared only where all of this is the same.
struct feature_protocol {
    std::string features;     ///< the network, as it is called: "EfficientNet-Lite0"
    std::string input;        ///< what is done to an image in [0, 1] first
    std::string weights;      ///< which they are: a check sum, or what made them
    std::size_t version = 1;  ///< of the program's own part; raised when the same images would give other numbers

    friend bool operator==(const feature_protocol&, const feature_protocol&) = default;
    /// The network whose features, and no others, give what the literature calls the FID.
    static constexpr const char* fid_features = "Inception-2015-12-05";
    bool is_fid() const { return features == fid_features; }
    /// What a Fréchet distance in these features is called.
    std::string distance_name() const { return is_fid() ? "FID" : "FD (" + features + ")"; }
    std::string kernel_distance_name() const { return is_fid() ? "KID" : "KD (" + features + ")"; }
};

/// Two sets that are compared, and with how many images each: the means of distances and scores depend on these numbers.
struct comparison_protocol {
    feature_protocol made;
    std::size_t samples, reference;

    /// One line that two results must share to be compared.
    std::string id() const {
        return made.distance_name() + ", version " + std::to_string(made.version) + ", weights " + made.weights + ", " + std::to_string(samples) +
               " samples against " + std::to_string(reference);
    }
};

/// The protocol that both sets share; an error that says what differs.
inline feature_protocol require_same_protocol(const feature_protocol& a, const feature_protocol& b) {
    const auto same = [](const char* what, const auto& first, const auto& second) {
        require(first == second, "features of two sets: their ", what, " differ, '", first, "' and '", second, "'; distances are between "
                "features that were made in one way");
    };
    same("networks", a.features, b.features);
    same("inputs", a.input, b.input);
    same("weights", a.weights, b.weights);
    same("versions", a.version, b.version);
    return a;
}

}  // namespace ncsn
