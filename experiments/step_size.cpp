// SPDX-License-Identifier: Apache-2.0
/// \file  The step size of a sampler whose samples are nearest to the data: golden-section search of the least Fréchet distance on ln ε, every step
/// with the same seeds, so that neighbours share their random numbers.
#include <ncsn/samplers/consistent.hpp>
#include <ncsn/statistics/golden_section.hpp>

#include "sampling.hpp"
#include "support/child_program.hpp"
#include "support/description_file.hpp"
#include "support/feature_sets.hpp"
#include "support/least_step.hpp"
#include "support/text_table.hpp"

#include <set>

using namespace ncsn;

namespace {

struct settings {
    std::filesystem::path weights, out, data_dir, feature_weights;
    std::string sampler = "cas", denoise = "none", average = "ema", precision = "fp32", draw_on = "cpu", data, split = "test", features;
    std::size_t count = 256, reference = 1000, steps = 100, subdivide = 1, batch = 64;
    std::vector<std::size_t> seeds{1, 2, 3};
    double from = 0, to = 0, ratio = 1.1;
};

/// What of the settings is asked before any work: the range of steps, on which nothing else depends.
void find_range(settings& s, const trained_network& network) {
    network.require_score("step_size");
    const bool consistent_steps = s.sampler == "cas";
    require(consistent_steps || s.subdivide == 1, "--subdivide ", s.subdivide, ": --sampler ", s.sampler, " takes the levels of the network");
    if (consistent_steps) {
        const auto levels = levels_of(finer(network, s.subdivide));
        const admissible_steps admissible{levels};
        if (s.from == 0) s.from = admissible.least();
        if (s.to == 0) s.to = admissible.most();
        constexpr double rounding = 1e-12;
        require(s.from >= admissible.least() * (1 - rounding) && s.to <= admissible.most() * (1 + rounding), "--from ", s.from, " --to ", s.to,
                ": consistent sampling takes steps in ", admissible.text(), admissible.reason());
    }
    const double stable = 2 * network.sigmas.back() * network.sigmas.back();
    require(s.from > 0 && s.to > 0, "--from, --to: where --sampler ", s.sampler, " is to be searched; `schedule` prints a step size to begin "
            "around, and 2 sigma_L^2 = ", stable, " is where Langevin dynamics diverges");
    require(consistent_steps || s.to < stable, "--to ", s.to, ": Langevin dynamics diverges from 2 sigma_L^2 = ", stable, " on; a smaller step was "
            "expected");
    require(std::isfinite(s.to) && s.from >= double{std::numeric_limits<float>::min()} && s.from < s.to, "--from ", s.from, " --to ", s.to,
            ": step sizes above 0 that rise were expected");
}

/// A step size that is read as the same number.
std::string exact(double epsilon) {
    std::ostringstream text;
    text << std::setprecision(17) << epsilon;
    return text.str();
}

/// What of sample's options says how an image is drawn.
std::vector<std::string> options_of_sample(const settings& s, double epsilon) {
    std::vector<std::string> words{"--weights", s.weights, "--sampler", s.sampler, "--epsilon", exact(epsilon), "--denoise", s.denoise, "--average",
                                   s.average, "--precision", s.precision, "--device", s.draw_on};
    if (s.sampler == "cas") words.insert(words.end(), {"--subdivide", std::to_string(s.subdivide)});
    else words.insert(words.end(), {"--steps-per-level", std::to_string(s.steps)});
    return words;
}

/// The distances of samples at one step size, seed by seed, each kept in a folder: what is there is not made again.
class measuring {
public:
    /// `about`: what the folder will be known to hold once something was drawn.
    measuring(const settings& s, const feature_extractor& extractor, const data_set& data, json about)
        : s_{s}, extractor_{extractor}, data_{data}, about_(std::move(about)) {}   // braces would make an array
    const std::vector<measured_step>& all() const { return all_; }
    /// The mean over seeds.
    double operator()(double epsilon) {
        measured_step step{epsilon, {}};
        for (const std::size_t seed : s_.seeds) step.distances.push_back(distance(epsilon, seed));
        all_.push_back(step);
        std::ranges::sort(all_, {}, &measured_step::epsilon);
        std::cout << brief(epsilon, 4) << "  " << step.numbers().text() << std::endl;
        return step.numbers().mean();
    }

private:
    double distance(double epsilon, std::size_t seed) {
        const auto folder = s_.out / ("epsilon-" + exact(epsilon)) / ("seed-" + std::to_string(seed));
        const auto result = folder / "distance.json", samples = folder / "samples.npy", images = folder / "images.npy";
        std::error_code ignored;
        if (std::filesystem::exists(result, ignored)) {
            const json kept = read_json_file(result, "distance");
            require(kept.contains("distance"), result, ": has no distance; remove it, and it is made again");
            return number_of<double>(kept.at("distance"), result.string(), "distance");
        }
        std::filesystem::create_directories(folder);
        if (!std::filesystem::exists(samples, ignored)) draw(epsilon, seed, folder);
        if (reference_.features.empty()) make_reference();                          // after the first draw: sample has settings to refuse, too
        // Features take what is far beyond [0, 1] for another unit, and samples of a bad step are far beyond it.
        save_npy(images, clamped(load_npy<host_array>(samples)));
        const data_set set = open_images(images, "train");
        feature_sets_under_way in_memory{{}, {}};
        const feature_set found = in_memory(extractor_, set, consecutive(set.size()), s_.batch, "samples");
        const double d = frechet_distance_of(found, reference_);
        std::filesystem::remove(images, ignored);
        save_json(result, {{"distance", d}, {"epsilon", epsilon}, {"seed", seed}});
        return d;
    }
    void make_reference() {
        const std::size_t count = std::min(s_.reference, data_.size());
        const auto order = shuffled(data_.size(), philox{1, 1});                     // that of features --shuffle 1, and of figures
        const std::vector<std::size_t> rows{order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count)};
        const auto file = s_.out / "reference.safetensors";
        std::error_code ignored;
        if (!std::filesystem::exists(file, ignored))
            write_features(file, extractor_, data_, rows, s_.batch, s_.data + ", " + s_.split, {{"reference", count}}, begun::go_on);
        reference_ = load_features(file);
    }
    void draw(double epsilon, std::size_t seed, const std::filesystem::path& folder) const {
        auto words = options_of_sample(s_, epsilon);
        words.insert(words.end(), {"--out", folder.string(), "--count", std::to_string(s_.count), "--seed", std::to_string(seed), "--batch",
                                   std::to_string(s_.batch)});
        // Before anything is drawn, so that no samples are taken for those of other settings; settings that sample refuses are not kept.
        const auto kept = s_.out / "settings.json", log = folder / "sample.log";
        const bool first = !std::filesystem::exists(kept);
        if (first) save_json(kept, about_);
        try {
            call("sample", words, log);
        } catch (...) {
            const auto others = [&](const auto& entry) { return entry.path() != log; };
            std::error_code ignored;
            if (first && std::ranges::none_of(std::filesystem::directory_iterator{folder}, others)) std::filesystem::remove(kept, ignored);
            throw;
        }
    }

    const settings& s_;
    const feature_extractor& extractor_;
    const data_set& data_;
    json about_;
    feature_set reference_;
    std::vector<measured_step> all_;
};

/// On what every distance in a folder depends; range, ratio and seeds may be others the next time.
json settings_of(const settings& s, const trained_network& network, const data_set& data, const feature_extractor& extractor) {
    json about{{"weights", identity_of(network.path())}, {"network", network.config}, {"sampler", s.sampler}, {"denoise", s.denoise},
               {"average", s.average}, {"precision", s.precision}, {"device", s.draw_on}, {"count", s.count}, {"data", s.data}, {"split", s.split},
               {"images", {data.size(), fingerprint_of(data)}}, {"reference", s.reference}, {"features", extractor.protocol.features},
               {"features_weights", extractor.protocol.weights}};
    if (s.sampler == "cas") about["subdivide"] = s.subdivide;
    else about["steps_per_level"] = s.steps;
    return about;
}

/// What was found, as text and in step_size.json, which says `about` besides.
void report(const settings& s, const std::string& distance, const std::vector<measured_step>& steps, json about) {
    const least_step found{steps};
    const double best = steps[found.best].epsilon;
    text_rows rows{{"epsilon", distance, ""}};
    json table = json::array();
    for (std::size_t k = 0; k < steps.size(); ++k) {
        const measurement m = steps[k].numbers();
        const bool alike = k >= found.first && k <= found.last;
        rows.push_back({brief(steps[k].epsilon, 4), m.text(), k == found.best ? "the least" : alike ? "cannot be told from it" : ""});
        table.push_back({{"epsilon", steps[k].epsilon}, {"distances", steps[k].distances}, {"mean", m.mean()}, {"standard_error", m.uncertainty()}});
    }
    std::cout << '\n' << aligned(rows);
    // The bracket ends at the first steps that are farther away, or at those of the search.
    const std::size_t low = found.first == 0 ? 0 : found.first - 1, high = std::min(found.last + 1, steps.size() - 1);
    std::cout << "\nepsilon = " << brief(best, 4) << ", between " << brief(steps[low].epsilon, 4) << " and " << brief(steps[high].epsilon, 4)
              << (s.seeds.size() == 1 ? ": one seed has no errors, by which steps could be told apart; give several\n"
                                      : ": what was tried in between cannot be told from it (differences seed by seed, t test at 5 %)\n");
    const std::string end = found.best == 0 ? "lower" : found.best + 1 == steps.size() ? "upper" : "";
    const std::pair<std::string, bool> open[] = {{"lower", found.first == 0}, {"upper", found.last + 1 == steps.size()}};
    if (!end.empty())
        std::cout << "the least is at the " << end << " end of what was searched; a better step may lie beyond it"
                  << (s.sampler == "cas" ? ", where it is admissible" : "") << '\n';
    for (const auto& [name, alike] : open)
        if (alike && name != end)
            std::cout << "the " << name << " end of what was searched cannot be told from the least; more seeds or samples can\n";
    std::cout << "next: sample";
    for (const std::string& word : options_of_sample(s, best)) std::cout << ' ' << shell_quoted(word);
    std::cout << " --out " << shell_quoted((s.out / "samples").string()) << '\n';
    about.update({{"distance", distance}, {"seeds", s.seeds}, {"from", s.from}, {"to", s.to}, {"ratio", s.ratio}, {"steps", table},
                  {"epsilon", best}, {"between", {steps[low].epsilon, steps[high].epsilon}}, {"at_end", end.empty() ? json{} : json(end)},
                  {"open", {open[0].second, open[1].second}}, {"environment", describe_environment()}});
    save_json(s.out / "step_size.json", about);
}

int search(settings s) {
    require(s.count >= 4 && s.reference >= 4, "--count ", s.count, " --reference ", s.reference, ": 4 or more were expected, of which features "
            "have a covariance");
    require(s.batch > 0, "--batch 0: one image or more at a time was expected");
    require(s.steps > 0, "--steps-per-level 0: one or more were expected");
    require(s.ratio > 1.001 && s.ratio < 100, "--ratio ", s.ratio, ": of the ends of an interval that is short enough; 1.001 to 100 was expected");
    require(!s.seeds.empty() && std::set<std::size_t>(s.seeds.begin(), s.seeds.end()).size() == s.seeds.size(), "--seeds ", json(s.seeds).dump(),
            ": one or more, all different, were expected");
    const trained_network network{s.weights, s.precision, s.average};
    find_range(s, network);
    require(s.ratio < s.to / s.from, "--ratio ", s.ratio, ": more than from --from ", s.from, " to --to ", s.to);
    const data_set data = open_images(s.data, s.split, s.data_dir);
    require_images_of(network, s.data, data);
    require(data.size() >= 4, "--data ", s.data, ": ", data.size(), " images; 4 or more were expected");
    const feature_extractor extractor = open_extractor(s.features, s.feature_weights);
    extractor.check(data.shape());
    const json about = settings_of(s, network, data, extractor);
    make_folder(s.out, {"step_size.json", "settings.json"}, true);
    const auto kept = s.out / "settings.json";
    if (std::filesystem::exists(kept)) {
        const json other = read_json_file(kept, "settings");
        std::string differ;
        for (const auto& [name, value] : about.items())
            if (!other.contains(name) || other.at(name) != value) differ += (differ.empty() ? "" : ", ") + name;
        require(differ.empty() && other.size() == about.size(), "--out ", s.out, ": was begun with other settings (", differ, "); choose another "
                "folder, or go on with those");
    }

    const std::string distance = extractor.protocol.distance_name();
    std::cout << distance << " of " << s.count << " samples from " << std::min(s.reference, data.size()) << " images of " << s.data << ", "
              << s.seeds.size() << (s.seeds.size() == 1 ? " seed" : " seeds") << "; epsilon from " << brief(s.from, 4) << " to " << brief(s.to, 4)
              << std::endl;
    measuring measure{s, extractor, data, about};
    const double low_end = std::log(s.from), high_end = std::log(s.to);
    const auto at = [&](double x) { return measure(x <= low_end ? s.from : x >= high_end ? s.to : std::exp(x)); };   // the ends to the last bit
    golden_section(at, low_end, high_end, std::log(s.ratio));

    report(s, distance, measure.all(), about);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    settings s;
    program_options app{"The step size of a sampler whose samples are nearest to a data set: the least Frechet distance by golden section on ln "
                        "epsilon, with the same seeds at every step. What was drawn is kept in --out; the same command continues, also with more "
                        "seeds or another range.",
                        "step_size"};
    app.add("--weights", s.weights, "folder of a run of train, or a .safetensors file that train wrote").required();
    app.add("--data", s.data, data_help).required();
    app.add("--out", s.out, "folder for the results").required();
    app.add("--features", s.features, std::string{"whose features: "} + feature_networks).required();
    app.add("--feature-weights", s.feature_weights, "their weights (default: as the program features has it)");
    app.add("--data-dir", s.data_dir, data_dir_help);
    app.add("--split", s.split, "split of a data set that has two: train or test").show_default();
    app.add("--reference", s.reference, "images of it that samples are compared with, in a random order").show_default();
    app.add("--count", s.count, "samples of each seed and step; only distances of as many can be compared").show_default();
    app.add("--seeds", s.seeds, "seeds, separated by commas; distances are means over them (default: 1,2,3)").list();
    app.add("--sampler", s.sampler, "cas, als or langevin").one_of({"cas", "als", "langevin"}).show_default();
    app.add("--from", s.from, "the least step size, as full step in squared pixel values; 0: for cas the least admissible one").show_default();
    app.add("--to", s.to, "the largest; 0: for cas the largest admissible one").show_default();
    app.add("--ratio", s.ratio, "of the ends of the interval that is left, at which the search ends").show_default();
    app.add("--steps-per-level", s.steps, "moves at each level (als and langevin)").show_default();
    app.add("--subdivide", s.subdivide, "n for (L-1) n + 1 levels (cas)").show_default();
    app.add("--denoise", s.denoise, "none, after or before, as in sample").one_of({"none", "after", "before"}).show_default();
    app.add("--average", s.average, "weights of a checkpoint: ema or none").show_default();
    app.add("--precision", s.precision, "of the network that draws: fp32, tf32 or bf16; the cpu knows fp32").show_default();
    app.add("--draw-on", s.draw_on, "cpu or cuda: where samples are drawn").one_of({"cpu", "cuda"}).show_default();
    app.add("--batch", s.batch, "chains, and images, at a time; changes no result").show_default();
    return run_program(app, argc, argv, [&] { return search(s); });
}
