// SPDX-License-Identifier: Apache-2.0
/// \file  What distances between sets of images can tell: how far two halves of one set are (the floor), and whether they rise with what is done to
/// images (the ladder). And what the classifier of digits accepts that is no digit.
#include <ncsn/arrays/indexing.hpp>
#include <ncsn/arrays/random.hpp>
#include <ncsn/autodiff/functions.hpp>

#include "program.hpp"
#include "support/feature_sets.hpp"

using namespace ncsn;

namespace {

/// Images seen through a function of one image and its number.
struct changed_images {
    data_set data;
    std::function<host_array(const host_array&, std::size_t)> change;

    std::size_t size() const { return data.size(); }
    ncsn::shape shape() const { return data.shape(); }
    host_array batch(std::span<const std::size_t> rows) const {
        auto x = host_array::uninitialized(shape().with_rows(rows.size()));
        float* to = x.write();
        for (const std::size_t row : rows) {
            const host_array one = change(data.batch({&row, 1}), row);
            to = std::copy_n(one.data(), one.size(), to);
        }
        return x;
    }
};

/// x + σ z, brought back to [0, 1]; z depends on the image's number.
auto noise_of(double sigma, std::uint64_t seed) {
    return [=](const host_array& x, std::size_t row) {
        philox rng = philox{seed, 2}.at_sample(row);
        const host_array noisy = x + sigma * normal_like(x, rng);
        return clamped(noisy);
    };
}
/// A Gaussian blur of so many pixels, edges repeated.
auto blur_of(double sigma) {
    const auto reach = static_cast<std::ptrdiff_t>(std::ceil(3 * sigma));
    std::vector<double> weights;
    double total = 0;
    for (std::ptrdiff_t k = -reach; k <= reach; ++k) total += weights.emplace_back(std::exp(-0.5 * double(k * k) / (sigma * sigma)));
    for (double& weight : weights) weight /= total;
    return [=](const host_array& x, std::size_t) {
        const shape& s = x.shape();
        const auto along = [&](const host_array& from, std::size_t axis) {
            host_array y(s);
            float* to = y.write();
            for (std::size_t row = 0; row < s[1]; ++row)
                for (std::size_t column = 0; column < s[2]; ++column)
                    for (std::ptrdiff_t k = -reach; k <= reach; ++k) {
                        const auto moved = [&](std::size_t at, std::size_t extent, bool moves) {
                            const auto place = static_cast<std::ptrdiff_t>(at) + (moves ? k : 0);
                            return static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(place, 0, static_cast<std::ptrdiff_t>(extent) - 1));
                        };
                        const float* source = from.data() + (moved(row, s[1], axis == 0) * s[2] + moved(column, s[2], axis == 1)) * s[3];
                        for (std::size_t c = 0; c < s[3]; ++c)
                            to[(row * s[2] + column) * s[3] + c] += static_cast<float>(weights[static_cast<std::size_t>(k + reach)]) * source[c];
                    }
            return y;
        };
        return along(along(x, 0), 1);
    };
}

struct settings {
    std::string network = "efficientnet-lite0", data, called;
    std::filesystem::path weights, data_dir, out;
    std::vector<std::size_t> sizes;
    std::size_t count = 1000, batch = 64, class_size = 0;
    std::uint64_t seed = 1;
};

feature_set first_of(const feature_set& set, std::size_t n) {
    const std::vector<std::size_t> rows = consecutive(n);
    return {set.protocol, set.source, gather_rows(set.features, std::span<const std::size_t>{rows}), {}};
}

/// One line of the table, and what it found.
double report(json& rows, const std::string& what, const feature_set& samples, const feature_set& reference, const settings& s) {
    json found = compared(samples, reference, {.seed = s.seed});
    const feature_protocol& p = samples.protocol;
    const double distance = found[p.distance_name()]["value"];
    const json& kernel = found[p.kernel_distance_name()];
    const std::string error = kernel["blocks"] > 1 ? " ± " + brief(kernel["standard error"].get<double>(), 2) : std::string{};
    std::cout << "| " << what << " | " << samples.size() << " / " << reference.size() << " | " << brief(distance) << " | "
              << brief(kernel["value"].get<double>(), 3) << error << " | " << brief(found["precision"].get<double>(), 3) << " | "
              << brief(found["recall"].get<double>(), 3) << " |" << std::endl;
    rows.push_back({{"what", what}, {"samples", samples.size()}, {"reference", reference.size()}, {p.distance_name(), distance},
                    {p.kernel_distance_name(), kernel["value"]}, {"standard error", kernel["standard error"]}, {"precision", found["precision"]},
                    {"recall", found["recall"]}});
    return distance;
}

int ladder(const settings& s) {
    if (!s.out.empty()) require_place(s.out);
    require(!s.sizes.empty() && s.count > 3, "--sizes, --count: sizes of sets of four images and more were expected");
    const data_set data = open_images(s.data, "train", s.data_dir);
    const feature_extractor extractor = open_extractor(s.network, s.weights);
    const std::size_t half = data.size() / 2, most = std::max(s.count, *std::ranges::max_element(s.sizes));
    require(most <= half && *std::ranges::min_element(s.sizes) > 3, "--sizes, --count: 4 to ", half, ", half of the images, were expected");
    const auto order = shuffled(data.size(), philox{s.seed, 1});
    const std::span<const std::size_t> one{order.data(), half}, other{order.data() + half, half};
    const auto label_of = [&](std::size_t row) -> std::size_t { return s.class_size > 0 ? row / s.class_size : data.labels()[row]; };
    require(s.class_size > 0 || !data.labels().empty(), "--class-size: the images of ", s.data, " have no labels; how many in a row are of a class?");
    std::size_t classes = 0;
    for (const std::size_t row : order) classes = std::max(classes, label_of(row) + 1);
    std::vector<std::pair<std::string, std::vector<std::size_t>>> without;           // the first classes, a share of all
    for (const double share : {0.1, 0.3, 0.5}) {
        const auto kept_from = static_cast<std::size_t>(std::lround(share * static_cast<double>(classes)));
        std::vector<std::size_t> kept;
        for (const std::size_t row : one)
            if (label_of(row) >= kept_from && kept.size() < s.count) kept.push_back(row);
        require(kept.size() == s.count, "--count ", s.count, ": ", kept.size(), " images are left without ", kept_from, " of ", classes, " classes");
        without.emplace_back(std::to_string(kept_from) + " of " + std::to_string(classes), std::move(kept));
    }

    const std::string name = s.called.empty() ? s.data : s.called;
    feature_sets_under_way kept{s.out, {{"network", s.network}, {"weights", extractor.protocol.weights}, {"data", s.data}, {"name", name},
                                        {"images", fingerprint_of(data)}, {"labels", fingerprint_of_labels(data)},
                                        {"sizes", s.sizes}, {"count", s.count}, {"class-size", s.class_size}, {"seed", s.seed}}};
    const feature_set reference = kept(extractor, data, other.first(most), s.batch, name), samples =
        kept(extractor, data, one.first(most), s.batch, name);
    const std::string fd = extractor.protocol.distance_name(), kd = extractor.protocol.kernel_distance_name();
    std::cout << name << ", " << fd << ", weights " << extractor.protocol.weights << "\n\n| samples | counts | " << fd << " | " << kd
              << " | precision | recall |\n|---|---|---|---|---|---|\n";
    json rows = json::array();
    double floor = 0;
    for (const std::size_t n : s.sizes) report(rows, "the other half", first_of(samples, n), first_of(reference, n), s);
    const feature_set fixed = first_of(reference, s.count);
    floor = report(rows, "the other half", first_of(samples, s.count), fixed, s);
    bool rises = true;
    const auto climb = [&](const std::string& what, const std::vector<std::pair<std::string, feature_set>>& rungs) {
        double last = floor;
        for (const auto& [strength, set] : rungs) {
            const double distance = report(rows, what + ' ' + strength, set, fixed, s);
            rises = rises && distance > last;
            last = distance;
        }
    };
    const auto changed = [&](const std::function<host_array(const host_array&, std::size_t)>& change) {
        return kept(extractor, changed_images{data, change}, one.first(s.count), s.batch, name);
    };
    std::vector<std::pair<std::string, feature_set>> noisy, blurred, missing;
    for (const double sigma : {0.02, 0.05, 0.1, 0.2}) noisy.emplace_back(brief(sigma), changed(noise_of(sigma, s.seed)));
    for (const double pixels : {0.5, 1., 2.}) blurred.emplace_back(brief(pixels) + " pixels", changed(blur_of(pixels)));
    for (const auto& [what, left] : without) missing.emplace_back(what, kept(extractor, data, left, s.batch, name));
    climb("noise", noisy);
    climb("blur", blurred);
    climb("missing classes", missing);
    std::cout << '\n' << (rises ? "every distance rises above the floor and with what is done" : "NOT every distance rises") << '\n';
    if (!s.out.empty())
        save_json(s.out, {{"data", name}, {"protocol", protocol_json(extractor.protocol, name)}, {"seed", s.seed}, {"rows", rows}, {"rises", rises}});
    kept.finish();
    return rises ? 0 : 1;
}

int classifier(const settings& s) {
    if (!s.out.empty()) require_place(s.out);
    const data_set digits = open_dataset<host_array>("mnist", split::test, s.data_dir);
    const feature_extractor extractor = open_extractor("digits", s.weights);
    const auto order = shuffled(digits.size(), philox{s.seed, 1});
    const auto partner = [&](std::size_t row) {                                     // another digit, by chance
        const std::size_t at = order[row];
        return digits.batch({&at, 1});
    };
    using change = std::function<host_array(const host_array&, std::size_t)>;
    const auto with_partner = [&](const auto& of) -> change {
        return [&, of](const host_array& x, std::size_t row) {
            const host_array second = partner(row);
            host_array y(x.shape());
            for (std::size_t k = 0; k < x.size(); ++k) y.write()[k] = of(x[k], second[k], k);
            return y;
        };
    };
    std::vector<std::pair<std::string, data_set>> sets{
        {"digits of the test set", digits},
        {"two digits overlaid (the lighter of both)",
         changed_images{digits, with_partner([](float a, float b, std::size_t) { return std::max(a, b); })}},
        {"left half of one, right half of another",
         changed_images{digits, with_partner([](float a, float b, std::size_t k) { return k % 28 < 14 ? a : b; })}},
        {"the mean of two", changed_images{digits, with_partner([](float a, float b, std::size_t) { return (a + b) / 2; })}},
        {"digits transposed", changed_images{digits, [](const host_array& x, std::size_t) {
             host_array y(x.shape());
             for (std::size_t k = 0; k < x.size(); ++k) y.write()[k] = x[k % 28 * 28 + k / 28];
             return y;
         }}},
        {"uniform noise", changed_images{digits, [&](const host_array& x, std::size_t row) {
             philox rng = philox{s.seed, 3}.at_sample(row);
             return uniform<host_array>(x.shape(), 0, 1, rng);
         }}}};
    try {
        sets.insert(sets.end() - 1, {"clothes (Fashion-MNIST)", open_dataset<host_array>("fashion-mnist", split::test)});
    } catch (const error&) {
        std::cerr << "clothes (Fashion-MNIST): not evaluated; data/fetch fashion-mnist, or the package dataset-fashion-mnist, brings them\n";
    }
    json images = json::array();
    for (const auto& [what, set] : sets) images.push_back({what, fingerprint_of(set)});
    feature_sets_under_way kept{s.out, {{"weights", extractor.protocol.weights}, {"images", images}, {"seed", s.seed}}};
    std::cout << "| images | called a digit with p > 0.9 | standard error |\n|---|---|---|\n";
    json rows = json::array();
    std::vector<double> shares;
    for (const auto& [what, set] : sets) {
        const std::vector<std::size_t> all = consecutive(set.size());
        const feature_set found = kept(extractor, set, all, 250, what);
        std::size_t sure = 0;
        for (std::size_t row = 0; row < all.size(); ++row)
            sure += *std::max_element(found.probabilities.data() + row * 10, found.probabilities.data() + row * 10 + 10) > 0.9f;
        const double n = static_cast<double>(all.size()), share = static_cast<double>(sure) / n, deviation = std::sqrt(share * (1 - share) / n);
        std::cout << "| " << what << " | " << brief(100 * share, 3) << " % | " << brief(100 * deviation, 2) << " % |" << std::endl;
        rows.push_back({{"images", what}, {"count", all.size()}, {"probability above 0.9", share}, {"standard error", deviation}});
        shares.push_back(share);
    }
    if (!s.out.empty()) save_json(s.out, {{"weights", extractor.protocol.weights}, {"seed", s.seed}, {"rows", rows}});
    kept.finish();
    return *std::ranges::max_element(shares) == shares.front() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    settings s;
    program_options app{"What distances of features and the classifier of digits can tell apart.", "feature_controls"};
    program_options& climbing = app.command("ladder", "half of the training images against the other half at several sizes, then against noisy and "
                                              "blurred ones and sets without some classes; exit status 1 unless every distance rises");
    climbing.add("--network", s.network, std::string{"whose features: "} + feature_networks).show_default();
    climbing.add("--weights", s.weights, "its weights");
    climbing.add("--data", s.data, data_help).required();
    climbing.add("--data-dir", s.data_dir, data_dir_help);
    climbing.add("--name", s.called, "what the data set is called in the table");
    climbing.add("--sizes", s.sizes, "sizes of the halves that are compared").required().list();
    climbing.add("--count", s.count, "images of each set of the ladder").show_default();
    climbing.add("--class-size", s.class_size, "images in a row of one class, where there are no labels");
    climbing.add("--batch", s.batch, "images at a time").show_default();
    program_options& classifying = app.command("classifier", "what the classifier of digits accepts: real digits, and what is none; exit status 1 "
                                                 "unless digits are accepted most");
    classifying.add("--weights", s.weights, "its weights");
    classifying.add("--data-dir", s.data_dir, "folder of MNIST (default: $NCSN_DATA/mnist or data/mnist)");
    for (program_options* const of : {&climbing, &classifying}) {
        of->add("--seed", s.seed, "seed of all random numbers").show_default();
        of->add("--out", s.out, "file for the numbers, JSON");
    }
    return run_program(app, argc, argv, [&] {
        stop_on_signals();
        return climbing.chosen() ? ladder(s) : classifier(s);
    });
}
