// SPDX-License-Identifier: Apache-2.0
/// \file  The normalising constant of a trained energy and bits a dimension of data, with the long chains that they come from (Gao et al. 2021,
/// Section 4.2 and Appendix A.4).
#include <ncsn/arrays/files/npy.hpp>
#include <ncsn/arrays/files/png.hpp>
#include <ncsn/data/loader.hpp>
#include <ncsn/statistics/partition_function.hpp>

#include "sampling.hpp"

using namespace ncsn;

struct settings : network_options {
    std::string data, data_dir;
    std::size_t count = 64, moves = 1, images = 256;
    double fewest = fewest_effective_samples;
    long_run_options long_chains;
};

/// Images with values in [0, 1] as bytes made continuous: (byte + u - 1/2)/127.5 - 1, u uniform on [0, 1).
array continuous_bytes(const host_array& images, philox& rng) {
    const host_array u = uniform<host_array>(images.shape(), -0.5, 0.5, rng);
    return on_device<default_device>(host_array{2.0 * (images + (1 / 255.0) * u) - 1.0});
}

int density(const settings& s) {
    require(s.count > 1 && s.batch > 0 && s.moves > 0, "--count ", s.count, ", --batch ", s.batch, ", --moves ", s.moves,
            ": at least 2, 1 and 1 were expected");
    trained_network network{s.weights, "fp32", s.average};
    const recovery_settings levels = network.recovery();
    s.long_chains.check(levels);
    const recovery_process process = levels.make();
    const differentiable_energy energy = network.energy_model();
    require(std::isfinite(s.fewest) && s.fewest >= 0, "--fewest ", s.fewest, ": samples in effect were expected, 0 or more");
    std::optional<data_set> data;
    if (!s.data.empty()) {
        require(s.images > 0, "--images 0: one or more were expected");
        data = open_data_of(network, s.data, split::test, s.data_dir);
    }
    const std::filesystem::path out = s.out, chains_path = out / "chains.safetensors";
    require_picture("--count", out / "samples.png", network.images(s.count), {});
    make_folder_of_rows(out, {"chains.safetensors", "density.json", "samples.npy", "samples.png"}, s.force);
    stop_on_signals();
    std::stop_source stop;
    const auto end_on_signal = [&] { if (stop_requested) stop.request_stop(); };
    network.asked = [&](double) { end_on_signal(); };

    const std::size_t T = process.size(), dimensions = network.images(1).row_size();
    const json what{{"network", network.config}, {"weights", identity_of(network.path())}, {"device", program_device}, {"average", s.average},
                    {"seed", s.seed}, {"moves", s.moves}, {"adapted", {s.long_chains.chains, s.long_chains.transitions}}};
    tensors_file file{chains_path, s.count, {{"samples", network.images(1)}, {"log_weights", {1, T}}, {"acceptance", {1, T}}},
                      {{"config", network.config.dump()}}, what, s.force ? begun::go_on_or_anew : begun::go_on};

    const stopwatch watch;
    progress_line line;
    level_steps adapted;
    const auto move = s.long_chains.prepare(levels, energy, network.images(1), s.moves, philox{s.seed}, adapted, out / "steps.partial", what,
                                            s.force ? begun::go_on_or_anew : begun::go_on, stop.get_token());
    if (file.done() > 0) std::cout << "continues after " << file.done() << " of " << s.count << " chains" << std::endl;
    try {
        for (std::size_t first = file.done(), count; first < s.count; first += count) {
            count = std::min(s.batch, s.count - first);
            philox rng = philox{s.seed}.at_sample(first);                            // each batch makes the same draws, so its size changes nothing
            const array x_T = normal<array>(network.images(count), rng);
            host_array weights{shape{count, T}}, acceptance{shape{count, T}};
            const auto weigh = [&](std::size_t t, const array& y) {
                const host_array w = on_device<cpu>(log_weights_of_level(process, energy, t, y));
                for (std::size_t i = 0; i < count; ++i) weights.write()[i * T + t] = w[i];
            };
            weigh(T - 1, x_T);
            const array x = progressive{process, move}(energy, x_T, rng, [&](const noise_level& level, const long_run_move<array>& at) {
                end_on_signal();
                for (std::size_t i = 0; i < count; ++i) acceptance.write()[i * T + level.index] = static_cast<float>(at.acceptance);
                if (level.index > 0) weigh(level.index - 1, at.x);
                line.show("chains " + std::to_string(first + count) + '/' + std::to_string(s.count) + "  level " + std::to_string(level.index),
                          false);
            }, stop.get_token());
            const host_array seen = on_device<cpu>(array{0.5 * x + 0.5});
            file.append(count, {seen.data(), weights.data(), acceptance.data()});
            file.keep();
        }
    } catch (const stopped& reason) {
        line.end();
        fail(reason.what(), "\n", file.done(), " of ", s.count, " chains are kept; the same command continues");
    }
    line.end();
    const auto chains = safetensors_file::open(file.partial());
    const host_array samples = chains.load<float>("samples"), all_weights = chains.load<float>("log_weights"),
                     taken = chains.load<float>("acceptance");
    std::vector<host_array> ratios;
    std::vector<double> acceptance(T);
    for (std::size_t t = 0; t < T; ++t) {
        host_array of_level{shape{1, s.count}};
        for (std::size_t i = 0; i < s.count; ++i) {
            of_level.write()[i] = all_weights[i * T + t];
            acceptance[t] += static_cast<double>(taken[i * T + t]) / static_cast<double>(s.count);
        }
        ratios.push_back(std::move(of_level));
    }

    json result{{"network", network.config}, {"count", s.count}, {"moves", s.moves}, {"seed", s.seed}, {"dimensions", dimensions}};
    for (std::size_t m = 2; ; m = std::min(2 * m, s.count)) {
        const partition_estimate of = partition_of_weights(ratios, dimensions, 0, m);
        result["curve"].push_back({{"samples", m}, {"log_z", of.log_z}, {"least_effective", of.least_effective()}});
        if (m == s.count) break;
    }
    for (std::size_t t = 0; t < T; ++t) result["sigmas"].push_back(process[t].sigma);
    result["steps"] = adapted.steps, result["adapted_acceptance"] = adapted.acceptance, result["acceptance"] = acceptance;
    forget(out / "density.json");
    save_npy(out / "samples.npy", samples);
    save_image_grid(out / "samples.png", samples);
    const partition_estimate z = partition_of_weights(ratios, dimensions, s.fewest);
    result["log_z"] = z.log_z, result["log_z_standard_error"] = z.standard_error(), result["least_effective"] = z.least_effective();
    std::cout << "ln Z " << z.log_z << " +- " << z.standard_error() << ", from below; the least effective step has " << z.least_effective() << " of "
              << s.count << " samples\n";
    result["trustworthy"] = z.least_effective() >= fewest_effective_samples;
    if (!result["trustworthy"])
        std::cout << "warning: fewer than " << fewest_effective_samples << " samples in effect at some step, where levels hardly overlap: "
                     "the number says nothing\n";
    if (data) {
        const std::size_t n = std::min(s.images, data->size());
        philox rng{s.seed, 2};
        const auto in_parts = [&](const array& x, const noise_levels& level) {       // whose memory does not grow with the number of images
            auto all = host_array::uninitialized({x.shape()[0], 1});
            for (std::size_t first = 0, count; first < all.size(); first += count) {
                count = std::min(s.batch, all.size() - first);
                const auto rows = consecutive(count, first);
                const host_array part = on_device<cpu>(energy(gather_rows(x, std::span<const std::size_t>{rows}), level));
                std::copy_n(part.data(), count, all.write() + first);
            }
            return on_device<default_device>(all);
        };
        const bits_estimate bits = bits_of_data(process, in_parts, z, continuous_bytes(data->batch(consecutive(n)), rng));
        result["bits"] = {{"data", s.data}, {"images", n}, {"per_dimension", bits.bits}, {"standard_error", bits.standard_error},
                          {"bias", bits.bias}, {"direction", "too low: ln Z is approached from below"},
                          {"dequantisation", "uniform on one step of a byte, x = (byte + u - 1/2)/127.5 - 1"}};
        std::cout << bits.bits << " +- " << bits.standard_error << " bits a dimension of " << n << " test images of " << s.data
                  << ", uniformly dequantised; too low by about " << -bits.bias << ", as ln Z comes from below\n";
    }
    result["seconds"] = watch.seconds(), result["environment"] = describe_environment();
    save_json(out / "density.json", result);
    forget(out / "steps.partial");
    file.commit();                                                                  // last: where chains.safetensors is, everything is
    return 0;
}

int main(int argc, char** argv) {
    settings s;
    program_options app{
        "The normalising constant of a trained energy with a thousand levels, and bits a dimension of test images. When it was stopped or "
        "killed, the same command continues.", "density"};
    s.add_to(app, "density.json, samples.npy, samples.png and chains.safetensors, all that ln Z is made of", "chains at a time; changes no result");
    app.add("--count", s.count, "chains, the M of the estimate").show_default();
    app.add("--moves", s.moves, "moves a level: a normal approximation, then Hamiltonian Monte Carlo").show_default();
    s.long_chains.add_to(app);
    app.add("--data", s.data, "data set whose test images are coded; none: only ln Z");
    app.add("--data-dir", s.data_dir, data_dir_help);
    app.add("--images", s.images, "how many of them").show_default();
    app.add("--fewest", s.fewest, "fewer samples in effect at any step are refused").show_default();
    return run_program(app, argc, argv, [&] { return density(s); });
}
