// SPDX-License-Identifier: Apache-2.0
/// \file  Completes images of which a part is hidden (Song & Ermon 2019, Algorithm 2 and Figure 6).
#include <ncsn/arrays/files/npy.hpp>
#include <ncsn/arrays/xtensor.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/inpainting.hpp>
#include <ncsn/samplers/langevin.hpp>

#include "mask.hpp"
#include "sampling.hpp"

#include <xtensor/xbuilder.hpp>

#include <zlib.h>

using namespace ncsn;

struct settings {
    sampling_options common;
    std::string data, data_dir, mask = "right", impose = "coded";
    std::vector<std::size_t> images;
    std::size_t count = 8, completions = 8;
    bool train = false;
};

imposing imposing_named(const std::string& name) {
    if (name == "coded") return imposing::once_a_level;
    if (name == "printed") return imposing::after_every_move;
    require(name == "afresh", "--impose ", name, ": coded, printed and afresh are known");
    return imposing::before_every_move;
}

/// What distinguishes images from others.
std::uint32_t check_sum(const host_array& x) {
    return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(x.data()), x.size() * sizeof(float)));
}

int inpaint(settings s) {
    const imposing when = imposing_named(s.impose);
    trained_network score = s.common.network();
    score.require_score("--weights");
    const std::size_t height = score.images(1)[1], width = score.images(1)[2];
    const host_array mask = make_mask(s.mask, height, width);
    if (s.data.empty()) s.data = score.data();
    const data_set data = open_data_of(score, s.data, s.train ? split::train : split::test, s.data_dir);
    if (s.images.empty()) {
        require(s.count <= data.size(), "--count ", s.count, ": the data set has ", data.size(), " images");
        s.images = consecutive(s.count);
    }
    const host_array originals = data.batch(s.images);
    const step_size epsilon = s.common.step(published_step(score.sigmas.back()));
    require(!s.images.empty() && s.completions > 0 && s.common.batch > 0, "--images, --completions ", s.completions, ", --batch ", s.common.batch,
            ": one image or more, one completion or more of each and one or more at a time were expected");
    const std::size_t total = extent_of("--completions", s.images.size(), s.completions, 0), evaluations = score.sigmas.size() * s.common.steps;
    const std::filesystem::path out = s.common.out;
    const std::size_t columns = s.completions + 2;                                  // of the picture: beside what is known and the original
    require_picture("--count, --completions", out / "inpaint.png", score.images(extent_of("--completions", s.images.size(), columns, 0)),
                    {.columns = columns});
    packed_file<float>::tidy(out / "completions.npy");
    make_folder(out, {"completions.npy", "inpaint.png", "inpaint.json"}, s.common.force);
    json what = s.common.drawn_from(score, epsilon);
    what.update({{"steps", s.common.steps}, {"images", check_sum(originals)}, {"mask", check_sum(mask)}, {"completions", s.completions}});
    if (when != imposing::once_a_level) what["impose"] = s.impose;                   // files of earlier versions are gone on with
    packed_file<float> file{out / "completions.npy", {s.images.size(), s.completions, height, width, originals.shape()[3]}, what,
                            s.common.force ? begun::go_on_or_anew : begun::go_on, 2};
    const stopwatch watch;
    const auto complete = [&](std::size_t first, std::size_t count, const auto& reached, const std::stop_token& stop) {
        std::vector<std::size_t> rows(count);                                       // chain k completes image k / completions
        for (std::size_t i = 0; i < count; ++i) rows[i] = s.images[(first + i) / s.completions];
        philox rng = philox{s.common.seed}.at_sample(first);
        const array x0 = uniform<array>(score.images(count), 0, 1, rng);
        const array known = on_device<default_device>(mask), image = on_device<default_device>(data.batch(rows));
        const annealed sampler{score.sigmas, inpainting{known, image, s.common.steps, langevin{epsilon}, when}};
        return sampler(score, x0, rng, [&](const noise_level& level, const array&) { reached(level, score.sigmas.size()); }, stop);
    };
    const host_array completed = in_batches(score, file, total, s.common.batch, evaluations, complete, "completions");
    const double seconds = watch.seconds();
    forget(out / "inpaint.json");

    // A row for each image: what is known, with grey for the rest; the completions; the original.
    const auto row = [&](const host_array& x, std::size_t columns) {
        return x.reshaped({s.images.size(), columns, height, width, originals.shape()[3]});
    };
    const host_array known = row(host_array{mask * originals + 0.5 * (1.0 - mask)}, 1), original = row(originals, 1);
    const auto rows = from_xtensor<host_array>(xt::concatenate(xt::xtuple(as_xtensor(known), as_xtensor(completed), as_xtensor(original)), 1));
    save_image_grid(out / "inpaint.png", rows.reshaped(score.images(s.images.size() * columns)), {.columns = columns});
    json about = s.common.to_json(score, epsilon, seconds);
    about.update({{"data", s.data}, {"split", s.train ? "train" : "test"}, {"images", s.images}, {"completions", s.completions}, {"mask", s.mask},
                  {"impose", s.impose}, {"sigmas", score.sigmas}});
    save_json(out / "inpaint.json", about);
    file.commit();                                                                  // last: where completions.npy is, everything is
    std::cout << total << " completions in " << duration(seconds) << ": " << (out / "inpaint.png").string() << ", completions.npy, inpaint.json\n"
              << "next: inpaint --weights " << shell_quoted(s.common.weights) << " --mask checkerboard --out "
              << shell_quoted(s.common.out + "-checkerboard") << '\n';
    return 0;
}

int main(int argc, char** argv) {
    settings s;
    program_options app{
        "Completes images of which a part is hidden. inpaint.png has a row for each image: what is known, the completions, the original.", "inpaint"};
    s.common.add_to(app, "as full step 0.2 sigma_L^2 (2e-5 at sigma_L = 0.01)", "Langevin steps at each level");
    app.add("--data", s.data, std::string{data_help} + " (default: that of the training)");
    app.add("--data-dir", s.data_dir, data_dir_help);
    app.flag("--train", s.train, "take the images from the training split, as the paper's figures do (default: the test split)");
    app.add("--mask", s.mask, "hidden part: right, left, top, bottom (half), center (square), middle (fifth of the columns), checkerboard; or "
            "a .png or .jpg file, white where known").show_default();
    app.add("--impose", s.impose, "when known pixels are put back: coded (noised once a level, before its first move and after every one), "
            "printed (after every move only, Algorithm 2 as printed) or afresh (noised anew before every move)").show_default();
    const program_option images = app.add("--images", s.images, "numbers of the images, from 0, separated by commas (default: the first --count)")
        .list();
    app.add("--count", s.count, "take the first images, this many").show_default().excludes(images);
    app.add("--completions", s.completions, "completions of each image").show_default();
    return run_program(app, argc, argv, [&] { return inpaint(s); });
}
