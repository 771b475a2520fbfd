// SPDX-License-Identifier: Apache-2.0
/// \file  Sets of images as features of a network: networks by name, features of a data set in batches, files of features, and distances.
#pragma once

#include "../common.hpp"
#include "../packed_file.hpp"

#include <ncsn/statistics/feature_protocol.hpp>

#include <functional>

namespace ncsn {

inline constexpr const char* feature_networks = "efficientnet-lite0, inception, digits";

/// Features [N, D] of images, and the probabilities [N, classes] that the network gives them.
struct feature_batch {
    host_array features, probabilities;
};
/// A network of features, whatever it is. It takes images one by one, so that the bits of a file do not depend on the size of a batch.
struct feature_extractor {
    feature_protocol protocol;
    std::size_t features = 0, classes = 0;
    std::function<void(const shape&)> check;                                        ///< throws unless images of that shape [1,H,W,C] can be taken
    std::function<feature_batch(const host_array&)> of;
};

/// One of the networks above with its weights; `weights` names another file than the usual one. Where there are none, the error says how to get them.
feature_extractor open_extractor(const std::string& name, std::filesystem::path weights = {});

/// A data set to be turned into features: as open_dataset has it, but numbers of a .npy file may lie beyond [0, 1], as those of samples do, and are
/// clamped.
data_set open_images(const std::string& name, const std::string& part, const std::filesystem::path& folder = {});

/// The numbers 0 to n - 1 in a random order.
std::vector<std::size_t> shuffled(std::size_t n, philox rng);

/// take(features and probabilities of a batch) for the images of a set, in order; batches are read by a thread of their own while others are
/// computed. In memory are a few batches, whatever the size of the set.
void extract_features(const feature_extractor& extractor, const data_set& data, std::span<const std::size_t> rows, std::size_t batch,
                      const std::function<void(const feature_batch&)>& take, const std::string& what = "images");

/// Features in memory, and how they came about.
struct feature_set {
    feature_protocol protocol;
    std::string source;                                                             ///< which images
    host_array features, probabilities;

    std::size_t size() const { return features.shape()[0]; }
};

/// The text that a file of features has in its metadata under "protocol".
json protocol_json(const feature_protocol& p, const std::string& source);
/// The features in a file that `features extract` wrote.
feature_set load_features(const std::filesystem::path& path);

/// Extracts the features of images into a file, which has those of every batch as soon as they are made: a process that ended is gone on with.
/// `about`: what the features depend on beside network and images.
void write_features(const std::filesystem::path& path, const feature_extractor& extractor, const data_set& data,
                    std::span<const std::size_t> rows, std::size_t batch, const std::string& source, json about, begun earlier);

/// Sets of features that a program needs on its way to one result: in a folder beside that until it is there, so that the same command goes on.
/// Without a result that is kept they are in memory alone.
class feature_sets_under_way {
public:
    /// `about`: what all of them depend on; sets of other settings go. Throws where another process is making sets for the same result.
    feature_sets_under_way(const std::filesystem::path& result, const json& about);
    feature_sets_under_way(const feature_sets_under_way&) = delete;
    /// The features of chosen images, the next set.
    feature_set operator()(const feature_extractor& extractor, const data_set& data, std::span<const std::size_t> rows, std::size_t batch,
                           const std::string& source);
    /// The result is there.
    void finish() const;

private:
    void lock_folder(const std::filesystem::path& result);

    std::filesystem::path folder_;
    struct folder_lock {                                                            // given back also where the constructor throws
        int descriptor = -1;
        ~folder_lock();
    } locked_;
    std::size_t count_ = 0;
};

/// What is to be said of two sets.
struct comparison_settings {
    std::size_t resamples = 0, kernel_block = 1000, neighbours = 3, splits = 10;
    std::uint64_t seed = 1;

    /// Throws where sets of so many images, as far as they are known, have no such numbers: before images become features.
    void check(std::size_t fewest) const {
        constexpr std::size_t most_resamples = 100'000;
        require(resamples != 1 && resamples <= most_resamples, "--resamples ", resamples, ": 2 to ", most_resamples, " were expected, or 0");
        require(kernel_block >= 2, "--kernel-block ", kernel_block, ": blocks of two images or more were expected");
        require(neighbours > 0 && neighbours < fewest, "--neighbours ", neighbours, " among ", fewest, " images: one or more, and fewer than there "
                "are, were expected");
        require(splits > 0, "--splits 0: one or more were expected");
        require(fewest >= 2, fewest, " images: two or more of each set were expected");
    }
};
/// The Fréchet distance of two sets of one protocol.
double frechet_distance_of(const feature_set& samples, const feature_set& reference);
/// All distances and scores of samples against a reference, under names that say in which features they are.
json compared(const feature_set& samples, const feature_set& reference, const comparison_settings& s);

}  // namespace ncsn
