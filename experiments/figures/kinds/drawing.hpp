// SPDX-License-Identifier: Apache-2.0
/// \file  The panels of a figure of images, and the programs sample and inpaint that draw them.
#pragma once

#include "../../support/child_program.hpp"
#include "../../support/figure.hpp"

#include <ncsn/arrays/files/png.hpp>

namespace ncsn {

/// A network, and how it is drawn from: the options of the description are those of the program that draws, a panel's own come on top.
struct panel {
    std::size_t number;
    std::string name, caption, network;  ///< name: of its quantities, NAME.digits and so on
    std::string data;                    ///< the set that its images are like; empty where the figure needs none
    std::vector<std::string> measure;    ///< what is measured on its images
    json options;
    std::string trains;                  ///< the recipe of a network that the figure trains itself, reproduce/networks/NAME.json
    json training;                       ///< what differs from it
    std::filesystem::path weights;       ///< of the network; empty where it is trained here
    std::filesystem::path folder;        ///< of this panel and seed
    std::string floor;                   ///< the panel that measures what distances are between real images: the first of the same data
};

/// The classifier judges; no panel shows it.
inline constexpr const char* judge_name = "mnist_classifier";

/// "panels": [{"name", "caption", "network", "data", "measure", "options", "trains", "training"}]. Without "network": the one of that place in
/// needs.networks, or the only one, or none where the panel trains its own. Without "data": that of the place in needs.data, the last one from there
/// on. Without "measure": the description's.
inline std::vector<panel> panels_of(const figure& f) {
    auto networks = f.about.strings("needs", "networks");
    const auto data = f.about.strings("needs", "data");
    std::erase(networks, judge_name);
    std::vector<panel> panels;
    for (const json& entry : f.about.text.at("panels")) {
        if (!entry.contains("name") && f.about.string("kind") == "table") continue;
        const std::size_t k = panels.size();
        const bool trains = entry.contains("trains");
        require(trains || entry.contains("network") || networks.size() == 1 || k < networks.size(), "figure ", f.id, ": panel ", k,
                " has no network, and there are ", networks.size());
        panel p{.number = k, .name = entry.value("name", ""), .caption = entry.value("caption", ""),
                .network = entry.value("network", networks.size() == 1 ? networks[0] : k < networks.size() ? networks[k] : ""),
                .data = entry.value("data", data.empty() ? "" : data[std::min(k, data.size() - 1)]),
                .measure = entry.value("measure", f.about.text.value("measure", std::vector<std::string>{})),
                .options = f.about.options(), .trains = entry.value("trains", ""), .training = entry.value("training", json::object()),
                .weights = {}, .folder = {}, .floor = entry.value("name", "")};
        require(!p.name.empty() && (trains || f.networks.contains(p.network)), "figure ", f.id, ": panel ", k,
                " needs a name and a network among needs.networks");
        if (f.networks.contains(p.network)) p.weights = f.networks.at(p.network);
        if (entry.contains("options")) p.options.merge_patch(entry.at("options"));
        p.folder = f.out / (p.name + "-seed" + std::to_string(f.seed));
        panels.push_back(std::move(p));
    }
    return panels;
}

/// An option of the panel: a count is one, or an error.
template <class T> T option_of(const panel& p, const std::string& name, T otherwise) {
    const auto found = p.options.find(name);
    if (found == p.options.end()) return otherwise;
    if constexpr (std::integral<T> && !std::same_as<T, bool>) return number_of<T>(*found, "panel " + p.name, name);
    else return found->template get<T>();
}
/// Takes an option that is not of the program which draws.
template <class T> T taken(panel& p, const std::string& name, T otherwise) {
    const T value = option_of(p, name, otherwise);
    p.options.erase(name);
    return value;
}

/// Options of a description as words of a command line: --NAME VALUE, --NAME for true, --NAME 1,2 for a list of numbers.
inline std::vector<std::string> option_words(const json& options) {
    std::vector<std::string> words;
    for (const auto& [name, value] : options.items()) {
        if (value == false) continue;
        words.push_back("--" + name);
        if (value.is_array()) {
            words.emplace_back();
            for (const json& entry : value) words.back() += (words.back().empty() ? "" : ",") + entry.dump();
        } else if (value != true) words.push_back(value.is_string() ? value.get<std::string>() : value.dump());
    }
    return words;
}
/// Runs a program of this build that takes weights, with the panel's options, into the panel's folder.
inline void draw_with(const std::string& program, const figure& f, const panel& p) {
    std::vector<std::string> words{"--weights", p.weights.string(), "--out", p.folder.string(), "--force",
                                   "--seed", std::to_string(f.seed), "--device", f.draw_on};
    const auto options = option_words(p.options);
    words.insert(words.end(), options.begin(), options.end());
    std::cout << program << ' ' << p.name << ", seed " << f.seed << std::endl;
    call(program, words, p.folder.string() + ".log");
}

/// Trains the network of the panel's recipe, as the figure's preset has it and with what the panel changes, in the folder `run`: with one seed, that
/// of the recipe. Words that follow are more options of `train`.
inline void train_for(const figure& f, const panel& p, const std::filesystem::path& run, const json& more = json::object()) {
    const auto place = f.about.folder() / "../../../networks" / (p.trains + ".json");
    json recipe = read_json_file(place, "recipe");
    recipe.merge_patch(preset_in(recipe, f.about.preset, "recipe " + place.string() + ": "));
    json options = recipe.at("options");
    options.merge_patch(p.training);
    options.merge_patch(more);
    std::vector<std::string> words{"--out", run.string(), "--force"};
    for (const auto& [name, value] : options.items())
        if (value == false) words.push_back("--no-" + name);
    const auto given = option_words(options);
    words.insert(words.end(), given.begin(), given.end());
    std::cout << "train " << p.name << std::endl;
    call("train", words, run.string() + ".log");
}

/// The networks of panels that train one, trained once for all seeds, each in the folder NAME-run.
inline void train_panels(const figure& f, std::vector<panel>& panels) {
    for (panel& p : panels) {
        if (p.trains.empty()) continue;
        const auto run = f.out / (p.name + "-run");
        if (f.first()) train_for(f, p, run);
        p.weights = run / "weights.safetensors";
    }
}

/// samples.npy of the panel: [N,H,W,C], values as the sampler left them.
inline host_array drawn(const figure& f, const panel& p) {
    draw_with("sample", f, p);
    return load_npy<host_array>(p.folder / "samples.npy");
}

/// panelK.png from the first seed, and for gnuplot how many panels there are, their captions and sizes in pixels: panels.gp.
class panel_pictures {
public:
    explicit panel_pictures(const figure& f) : f_{f} {}
    void add(const panel& p, const host_array& picture) {
        if (!f_.first()) return;
        const std::string file = "panel" + std::to_string(p.number) + ".png";
        save_png(f_.out / file, picture);
        const auto word = [](std::size_t n) { return ' ' + std::to_string(n); };
        widths_ += word(picture.shape()[1]), heights_ += word(picture.shape()[0]), ++count_;
        names_ += ' ' + p.name;
        captions_ += "caption_" + std::to_string(p.number) + " = " + gnuplot_string(p.caption) + '\n';
    }
    void keep() const {
        f_.keep_text("panels.gp", "panels = " + std::to_string(count_) + "\nwidths = " + gnuplot_string(widths_) + "\nheights = " +
                                      gnuplot_string(heights_) + "\nnames = " + gnuplot_string(names_) + '\n' + captions_);
    }

private:
    const figure& f_;
    std::size_t count_ = 0;
    std::string widths_, heights_, names_, captions_;
};

}  // namespace ncsn
