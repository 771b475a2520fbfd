// SPDX-License-Identifier: Apache-2.0
/// \file  What a file with weights holds, and smaller copies of it: one set of a checkpoint, in 16 bits, with what it says about itself.
#include <ncsn/arrays/files/json_values.hpp>
#include <ncsn/training/weights.hpp>

#include "networks/trained_network.hpp"
#include "program.hpp"

using namespace ncsn;

namespace {

int show(const std::filesystem::path& path) {
    const auto file = safetensors_file::open(path);
    std::map<std::string, std::size_t> numbers;                                     // by what stands before the last slash
    for (const auto& name : file.names()) numbers[name.substr(0, name.rfind('/') == name.npos ? 0
                                                              : name.rfind('/') + 1)] += file.shape_of(name).size();
    for (const auto& [prefix, count] : numbers) std::cout << (prefix.empty() ? "weights" : prefix) << ": " << count << " numbers\n";
    for (const auto& [key, text] : file.metadata()) std::cout << key << ": " << text << '\n';
    return 0;
}

int convert(const std::filesystem::path& from, const std::filesystem::path& to, const std::string& type, const std::string& average,
            const std::string& data, bool force) {
    require(type == "f16" || type == "f32", "--type ", type, ": f16 and f32 are known");
    require(force || !std::filesystem::exists(to), "--out ", to, ": this file exists; choose another name, or add --force to replace it");
    require_place(to);
    const auto file = safetensors_file::open(from);
    const std::string of_average = weights_prefix(average);
    const bool checkpoint = is_checkpoint(file.metadata());
    require(checkpoint || average == "ema", "--average ", average, ": ", from, " has one set of weights; leave --average out, or name a checkpoint");
    const std::string prefix = checkpoint ? of_average : "";
    require(std::ranges::any_of(file.names(), [&](const auto& name) { return name.starts_with(prefix); }), "--weights ", from, ": it has no tensor",
            checkpoint ? " '" + prefix + "...'" : std::string{}, "; weights of a network were expected");
    safetensors_writer copy;
    double squares = 0, differences = 0;
    for (const auto& name : file.names()) {
        if (!name.starts_with(prefix)) continue;
        const auto x = file.load<float>(name);
        for (const float value : x.values()) {
            const double rounded = type == "f16" ? static_cast<double>(static_cast<float>(float16{value})) : double{value};
            require(std::isfinite(rounded), "--weights ", from, ": ", value, " in '", name, "' cannot be stored in 16 bits; use --type f32");
            squares += double{value} * double{value};
            differences += (rounded - double{value}) * (rounded - double{value});
        }
        if (type == "f16") copy.add_rounded(name.substr(prefix.size()), x);
        else copy.add(name.substr(prefix.size()), x);
    }
    if (checkpoint) copy.metadata("layout", weight_layout);                         // as ours are, also of versions that did not say so
    for (const auto& [key, text] : file.metadata()) {                               // of a file that does not say its layout the copy does not either
        if (checkpoint && key == "format") continue;
        json config = key == "config" ? parse_json(text, "--weights " + from.string() + ": 'config' in its metadata") : json{};
        if (config.is_object() && !data.empty()) config["data"] = data;
        copy.metadata(key, config.is_object() ? config.dump() : text);
    }
    copy.save(to);
    std::cout << to.string() << ": " << std::filesystem::file_size(to) << " bytes; relative change of the weights "
              << brief(std::sqrt(differences / std::max(squares, 1e-300)), 2) << '\n';
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    program_options app{"Files with weights: what they hold, and smaller copies.", "weights"};
    std::filesystem::path from, to;
    std::string type = "f16", average = "ema", data;
    bool force = false;
    program_options& shown = app.command("show", "what a file says about itself, and how many numbers it has");
    shown.add("--weights", from, "a .safetensors file").required();
    program_options& converted = app.command("convert", "one set of weights as a file of its own");
    converted.add("--weights", from, "a .safetensors file, weights or a checkpoint").required();
    converted.add("--out", to, "the new file").required();
    converted.add("--type", type, "f16 (half precision) or f32").show_default();
    converted.add("--average", average, "of a checkpoint: ema or none").show_default();
    converted.add("--data", data, "name of the data set in its metadata, where another one is right");
    converted.flag("--force", force, "replace the file in --out");
    return run_program(app, argc, argv, [&] { return shown.chosen() ? show(from) : convert(from, to, type, average, data, force); });
}
