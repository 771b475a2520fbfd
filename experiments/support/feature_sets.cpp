// SPDX-License-Identifier: Apache-2.0
/// \file  Networks, files and distances of features: compiled once for all programs that have sets of them.
#include "feature_sets.hpp"

#include <ncsn/arrays/files/json_values.hpp>
#include <ncsn/arrays/files/safetensors.hpp>
#include <ncsn/data/data_folder.hpp>
#include <ncsn/data/read_ahead.hpp>
#include <ncsn/models/digit_classifier.hpp>
#include <ncsn/models/efficientnet_lite0.hpp>
#include <ncsn/models/inception_v3.hpp>
#include <ncsn/statistics/bootstrap.hpp>
#include <ncsn/statistics/frechet.hpp>
#include <ncsn/statistics/inception_score.hpp>
#include <ncsn/statistics/kernel_distance.hpp>
#include <ncsn/statistics/precision_recall.hpp>
#include <ncsn/training/published_weights.hpp>
#include <ncsn/training/weights.hpp>

#include <memory>

namespace ncsn {

namespace {

/// What distinguishes a file of weights: the check sum of the published file that it was made of, or its own.
std::string weights_identity(const std::filesystem::path& path) {
    const auto file = safetensors_file::open(path);
    if (const auto stated = file.metadata().find("sha256"); stated != file.metadata().end()) return "sha256 " + stated->second;
    const auto bytes = read_file(path);
    char text[32];
    std::snprintf(text, sizeof text, "crc32 %08lx", crc32(0, bytes.data(), static_cast<uInt>(bytes.size())));
    return text;
}

}  // namespace

feature_extractor open_extractor(const std::string& name, std::filesystem::path weights) {
    const auto here = [&](const std::filesystem::path& usual, const char* remedy) {
        if (weights.empty()) weights = usual;
        std::error_code ignored;
        require(!weights.empty() && std::filesystem::is_regular_file(weights, ignored), "--network ", name, ": its weights ",
                weights.empty() ? data_folder(name) / (name + ".safetensors") : weights, " are not there; ", remedy);
    };
    const auto published = [&]<class Network>(std::type_identity<Network>, const std::string& called, const auto& probabilities) {
        philox rng;
        const auto network = std::make_shared<Network>(rng);
        load_published(weights, *network);
        feature_extractor made{{called, network->input.text(), weights_identity(weights)}, Network::feature_count, Network::class_count, {}, {}};
        made.check = [called](const shape& s) {
            require(s[3] == 1 || s[3] == 3, "features of ", called, ": images ", s, "; 1 or 3 channels were expected");
        };
        made.of = [network, probabilities](const host_array& x) -> feature_batch {
            const host_array features = network->features(x);
            return {features, for_each_image(features, Network::class_count, [&](const host_array& f) { return probabilities(*network, f); })};
        };
        return made;
    };
    if (name == "efficientnet-lite0") {
        here(find_published(name), "data/fetch efficientnet-lite0 brings them (17 MB)");
        return published(std::type_identity<efficientnet_lite0<host_array>>{}, "EfficientNet-Lite0",
                         [](const auto& network, const host_array& f) { return softmax(network.logits(f)); });
    }
    if (name == "inception") {
        here(find_published(name), "whoever has pt_inception-2015-12-05-6726825d.pth, which pytorch-fid uses, makes them by "
             "data/convert_published_weights inception FILE.pth data/inception/inception.safetensors");
        return published(std::type_identity<inception_v3<host_array>>{}, feature_protocol::fid_features,
                         [](const auto& network, const host_array& f) { return network.probabilities(f); });
    }
    require(name == "digits", "--network ", name, ": ", feature_networks, " are known");
    here("data/mnist_classifier.safetensors", "they are part of the project; name them with --weights where the program runs in another folder");
    philox rng;
    const auto network = std::make_shared<digit_classifier<host_array>>(rng);
    load_weights(weights, *network);
    feature_extractor made{{"digits", "28 x 28 grey, (x - 0.1307)/0.3081", weights_identity(weights)}, 128, 10, {}, {}};
    made.check = [](const shape& s) {
        require(s == shape{1, 28, 28, 1}, "features of digits: images ", s, "; [N,28,28,1] were expected");
    };
    made.of = [network](const host_array& x) -> feature_batch {
        const host_array features = for_each_image(x, 128, [&](const host_array& image) { return network->features(image); });
        return {features, for_each_image(features, 10, [&](const host_array& f) { return softmax(network->fc2(f)); })};
    };
    return made;
}

data_set open_images(const std::string& name, const std::string& part, const std::filesystem::path& folder) {
    require(part == "train" || part == "test", "--split ", part, ": train and test are known");
    std::error_code ignored;
    if (folder.empty() && std::filesystem::path{name}.extension() == ".npy" && std::filesystem::is_regular_file(name, ignored)) {
        require(part == "train", "--split test: ", name, " is one set without splits; leave --split out");
        return npy_images<host_array>{name, npy_range::clamped};
    }
    return open_dataset<host_array>(name, part == "train" ? split::train : split::test, folder);
}

std::vector<std::size_t> shuffled(std::size_t n, philox rng) {
    std::vector<std::size_t> rows = consecutive(n);
    for (std::size_t i = n - 1; i > 0; --i)
        std::swap(rows[i], rows[static_cast<std::size_t>(half_open_unit<double>(rng.word(i)) * static_cast<double>(i + 1))]);
    return rows;
}

void extract_features(const feature_extractor& extractor, const data_set& data, std::span<const std::size_t> rows, std::size_t batch,
                      const std::function<void(const feature_batch&)>& take, const std::string& what) {
    extractor.check(data.shape());
    require(batch > 0, "--batch 0: one image or more at a time was expected");
    batch = std::clamp<std::size_t>(rows.size(), 1, batch);                         // the next one begins below 2^64
    const std::size_t parts = (rows.size() + batch - 1) / batch;
    read_ahead reading{[&](std::size_t part) { return data.batch(rows.subspan(part * batch, std::min(batch, rows.size() - part * batch))); },
                       {.threads = 1, .ahead = 2, .count = parts}};
    progress_line line;
    const stopwatch watch;
    stopwatch since_lasting;
    for (std::size_t part = 0; part < parts; ++part) {
        if (stop_requested) throw stopped{"stopped after " + std::to_string(part * batch) + " of " + std::to_string(rows.size()) + ' ' + what};
        take(extractor.of(reading.at(part)));
        const std::size_t done = std::min(rows.size(), (part + 1) * batch);
        const double speed = static_cast<double>(done) / watch.seconds();
        const bool lasting = since_lasting.seconds() > 10;
        line.show(std::to_string(done) + '/' + std::to_string(rows.size()) + ' ' + what + "  " + brief(speed, 3) + " images/s  " +
                      duration(static_cast<double>(rows.size() - done) / speed) + " left", lasting);
        if (lasting) since_lasting = {};
    }
    line.end();
}

json protocol_json(const feature_protocol& p, const std::string& source) {
    return {{"features", p.features}, {"input", p.input}, {"weights", p.weights}, {"version", p.version}, {"source", source}};
}

feature_set load_features(const std::filesystem::path& path) {
    const auto file = safetensors_file::open(path);
    const auto about = file.metadata().find("protocol");
    require(about != file.metadata().end() && file.contains("features"), "features ", path, ": a file that `features extract` wrote was "
            "expected; this one has no protocol");
    feature_set set;
    try {
        const std::string place = "features " + path.string() + ": its protocol";
        const json p = parse_json(about->second, place);
        set.protocol = {p.at("features"), p.at("input"), p.at("weights"), number_of<std::size_t>(p.at("version"), place, "version")};
        set.source = p.at("source");
    } catch (const json::exception& reason) {
        fail("features ", path, ": its protocol is damaged (", reason.what(), "); extract the features again");
    }
    set.features = file.load<float>("features");
    require(set.features.shape().rank() == 2, "features ", path, ": 'features' is ", set.features.shape(), "; [N,D] was expected");
    if (file.contains("probabilities")) {
        set.probabilities = file.load<float>("probabilities");
        require(set.probabilities.shape().rank() == 2 && set.probabilities.shape()[0] == set.size(), "features ", path, ": 'probabilities' is ",
                set.probabilities.shape(), " for ", set.size(), " features");
    }
    return set;
}

void write_features(const std::filesystem::path& path, const feature_extractor& extractor, const data_set& data,
                    std::span<const std::size_t> rows, std::size_t batch, const std::string& source, json about, begun earlier) {
    extractor.check(data.shape());
    const json protocol = protocol_json(extractor.protocol, source);
    const std::uint32_t images = fingerprint_of(data);
    about.update({{"protocol", protocol}, {"images", images}});
    tensors_file file{path, rows.size(), {{"features", {1, extractor.features}}, {"probabilities", {1, extractor.classes}}},
                      {{"protocol", protocol.dump()}, {"images", std::to_string(images)}}, about, earlier};
    const std::size_t begun_with = file.done();
    if (begun_with > 0) std::cout << "continues after " << begun_with << " of " << rows.size() << " images of " << source << std::endl;
    try {
        extract_features(extractor, data, rows.subspan(begun_with), batch, [&](const feature_batch& part) {
            file.append(part.features.shape()[0], {part.features.data(), part.probabilities.data()});
        }, "images of " + source);
    } catch (const std::bad_alloc&) {                                               // --batch may be another next time
        if (file.done() > 0) file.keep();
        throw;
    } catch (const std::exception& reason) {
        if (file.done() == 0) throw;
        file.keep();
        fail(reason.what(), "\n", file.done(), " of ", rows.size(), " images are kept; ",
             dynamic_cast<const stopped*>(&reason) ? "" : "when the cause is gone, ", "the same command continues");
    }
    file.commit();
}

namespace {

/// Whether a file of an earlier process has the features of these images; the settings beside it say which rows.
bool has_features(const std::filesystem::path& path, const feature_extractor& extractor, const data_set& data, const std::string& source) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return false;
    const auto about = safetensors_file::open(path).metadata();
    const auto is = [&about](const char* name, const std::string& value) {
        const auto found = about.find(name);
        return found != about.end() && found->second == value;
    };
    return is("protocol", protocol_json(extractor.protocol, source).dump()) && is("images", std::to_string(fingerprint_of(data)));
}

feature_set in_memory(const feature_extractor& extractor, const data_set& data, std::span<const std::size_t> rows, std::size_t batch,
                      const std::string& source) {
    feature_set set{extractor.protocol, source, host_array::uninitialized({rows.size(), extractor.features}),
                    host_array::uninitialized({rows.size(), extractor.classes})};
    float *features = set.features.write(), *probabilities = set.probabilities.write();
    try {
        extract_features(extractor, data, rows, batch, [&](const feature_batch& part) {
            features = std::copy_n(part.features.data(), part.features.size(), features);
            probabilities = std::copy_n(part.probabilities.data(), part.probabilities.size(), probabilities);
        }, "images of " + source);
    } catch (const stopped& reason) {
        fail(reason.what(), "; nothing is kept, as it would be with --out");
    }
    return set;
}

}  // namespace

feature_sets_under_way::feature_sets_under_way(const std::filesystem::path& result, const json& about) {
    if (result.empty()) return;
    folder_ = result.string() + ".features";
    const auto ours = [](const std::string& name) {                                 // settings.json, N.safetensors and what comes before it
        return name.starts_with("settings.json") ||
               (name.find(".safetensors") != std::string::npos && name.find_first_not_of("0123456789") == name.find(".safetensors"));
    };
    std::error_code ignored;
    const auto there = std::filesystem::symlink_status(folder_, ignored);
    require(!std::filesystem::exists(there) || std::filesystem::is_directory(there), "--out ", result, ": its features would be kept in ", folder_,
            " for the time being, which is no folder; choose another name");
    for (const auto& entry : std::filesystem::directory_iterator{folder_, ignored})
        require(ours(entry.path().filename().string()) && entry.is_regular_file(ignored), "--out ", result, ": its features would be kept in ",
                folder_, " for the time being, which holds ", entry.path().filename(), "; choose another name");
    lock_folder(result);
    const auto settings = folder_ / "settings.json";
    if (std::filesystem::exists(settings, ignored)) {
        const auto bytes = read_file(settings);
        if (json::parse(bytes.begin(), bytes.end(), nullptr, false) == about) return;
    }
    for (const auto& entry : std::filesystem::directory_iterator{folder_, ignored}) std::filesystem::remove(entry.path(), ignored);
    save_json(settings, about);
}
feature_sets_under_way::folder_lock::~folder_lock() {
    if (descriptor >= 0) ::close(descriptor);
}
void feature_sets_under_way::lock_folder(const std::filesystem::path& result) {
    std::filesystem::create_directories(folder_);
    const int folder = locked_.descriptor = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    require(folder >= 0, "--out ", result, ": ", folder_, ", in which its features would be kept for the time being: ", std::strerror(errno));
    const bool taken = ::flock(folder, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;   // some file systems know no locks
    require(!taken, "--out ", result, ": another process is working on it");
    struct stat own, named;                                                         // a process that has finished takes its folder away
    const bool there = ::fstat(folder, &own) == 0 && ::stat(folder_.c_str(), &named) == 0 && own.st_ino == named.st_ino;
    require(there, "--out ", result, ": another process has just finished it");
}
feature_set feature_sets_under_way::operator()(const feature_extractor& extractor, const data_set& data, std::span<const std::size_t> rows,
                                               std::size_t batch, const std::string& source) {
    if (folder_.empty()) return in_memory(extractor, data, rows, batch, source);
    const auto file = folder_ / (std::to_string(count_++) + ".safetensors");
    if (!has_features(file, extractor, data, source)) write_features(file, extractor, data, rows, batch, source, {}, begun::go_on_or_anew);
    return load_features(file);
}
void feature_sets_under_way::finish() const {
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

double frechet_distance_of(const feature_set& samples, const feature_set& reference) {
    require_same_protocol(samples.protocol, reference.protocol);
    return frechet_distance(moments_of(samples.features), moments_of(reference.features));
}

json compared(const feature_set& samples, const feature_set& reference, const comparison_settings& s) {
    const feature_protocol protocol = require_same_protocol(samples.protocol, reference.protocol);
    const comparison_protocol both{protocol, samples.size(), reference.size()};
    const auto distance = [](const host_array& x, const host_array& y) {
        end_on_signal("distances");                                                 // of which a resampled one takes many
        return frechet_distance(moments_of(x), moments_of(y));
    };
    json result{{"id", both.id()}, {"protocol", protocol_json(protocol, "")}, {"samples", {{"source", samples.source}, {"count", samples.size()}}},
                {"reference", {{"source", reference.source}, {"count", reference.size()}}}};
    result["protocol"].erase("source");
    json frechet;
    if (s.resamples > 0) {
        const auto found = bootstrap(samples.features, reference.features, distance, philox{s.seed}, {.resamples = s.resamples});
        frechet = {{"value", found.value}, {"interval", {std::max(0.0, found.lower), std::max(0.0, found.upper)}}, {"level", 0.95},
                   {"bias", found.bias}, {"resamples", s.resamples}, {"seed", s.seed}};
    } else frechet["value"] = distance(samples.features, reference.features);
    result[protocol.distance_name()] = frechet;
    const auto kernel = kernel_distance(samples.features, reference.features, philox{s.seed, 1}, s.kernel_block);
    result[protocol.kernel_distance_name()] = {{"value", kernel.value}, {"block deviation", kernel.block_deviation},
                                               {"standard error", kernel.standard_error}, {"blocks", kernel.blocks}, {"seed", s.seed}};
    const auto [precision, recall] = precision_recall(samples.features, reference.features, s.neighbours);
    result["precision"] = precision;
    result["recall"] = recall;
    result["neighbours"] = s.neighbours;
    if (!samples.probabilities.empty()) {
        const auto score = inception_score(samples.probabilities, std::min(s.splits, samples.size()));
        result[protocol.is_fid() ? "IS" : "IS (" + protocol.features + ")"] = {{"mean", score.mean}, {"deviation", score.deviation},
                                                                               {"splits", std::min(s.splits, samples.size())}};
    }
    return result;
}

}  // namespace ncsn
