// SPDX-License-Identifier: Apache-2.0
/// \file  Brings images to one size and packs them into one .npy file of bytes, which train reads. Song & Ermon (2019) for CelebA:
/// --crop 19,39,140,140 --size 32; Gao et al. (2021): --crop 0,20,178,178 --size 64, and for LSUN --crop center --size 64.
#include <ncsn/arithmetic/count.hpp>
#include <ncsn/data/read_ahead.hpp>

#include "program.hpp"
#include "packed_file.hpp"

#include <zlib.h>

using namespace ncsn;

namespace {

struct settings {
    std::string from, split = "train", crop, filter = "antialiased";
    std::filesystem::path out;
    std::size_t short_side = 0, size = 0, first = 0, count = 0, threads = 0;
    bool force = false;
};

image_preparation preparation_of(const settings& s) {
    image_preparation p{.short_side = s.short_side, .size = s.size};
    p.centre_square = s.crop == "center";
    if (!s.crop.empty() && !p.centre_square) {
        image_area area;
        std::size_t begin = 0;
        for (std::size_t* const number : {&area.x, &area.y, &area.width, &area.height}) {
            const bool last = number == &area.height;
            const std::size_t end = last ? s.crop.size() : std::min(s.crop.find(',', begin), s.crop.size());
            const auto found = begin <= end ? count_in(std::string_view{s.crop}.substr(begin, end - begin)) : std::nullopt;
            require(found.has_value(), "--crop ", s.crop, ": center, or x,y,width,height in pixels, was expected; for example 19,39,140,140");
            *number = *found, begin = end + 1;
        }
        p.area = area;
    }
    if (s.filter == "bilinear") p.filter = resize_filter::bilinear;
    else require(s.filter == "antialiased", "--resize ", s.filter, ": antialiased and bilinear are known");
    return p;
}

/// Images to be packed: prepared bytes [N,H,W,C] by their numbers, and a number that is another for other images.
struct source {
    std::size_t size = 0;
    shape each = {};
    std::function<image_bytes(std::span<const std::size_t>)> bytes = {};
    std::uint32_t fingerprint = 0;
};

/// The numbers asked for of `all` images.
std::pair<std::size_t, std::size_t> chosen(const settings& s, std::size_t all) {
    require(s.first < all && s.count <= all - s.first, "--first ", s.first, " --count ", s.count, ": there are ", all, " images");
    return {s.first, s.count == 0 ? all - s.first : s.count};
}

source folder_source(const settings& s, const image_preparation& preparation) {
    auto files = image_files(s.from);
    require(!files.empty(), "--from ", s.from, ": no images in this folder or below it; files named *.png, *.jpg or *.jpeg were expected");
    const auto [first, count] = chosen(s, files.size());
    files = {files.begin() + static_cast<std::ptrdiff_t>(first), files.begin() + static_cast<std::ptrdiff_t>(first + count)};
    source from{.size = count};
    for (const auto& file : files) {                                                // names and sizes: the set may be moved, but not changed
        const std::string name = file.lexically_relative(s.from).generic_string() + '\n' + std::to_string(std::filesystem::file_size(file)) + '\n';
        from.fingerprint = static_cast<std::uint32_t>(crc32_z(from.fingerprint, reinterpret_cast<const Bytef*>(name.data()), name.size()));
    }
    const image_folder<host_array> images{s.from, std::move(files), preparation};
    from.each = images.shape();
    from.bytes = [images](std::span<const std::size_t> rows) { return images.bytes(rows); };
    return from;
}

source dataset_source(const settings& s, const image_preparation& preparation) {
    const data_set data = open_dataset<host_array>(s.from, s.split == "train" ? split::train : split::test);
    const auto [first, count] = chosen(s, data.size());
    const shape& each = data.shape();
    const image_size prepared = preparation({each[1], each[2], each[3]});
    source from{.size = count, .each = {1, prepared.height, prepared.width, prepared.channels}, .fingerprint = fingerprint_of(data)};
    from.bytes = [=, first = first](std::span<const std::size_t> rows) {
        auto packed = image_bytes::uninitialized(shape{from.each}.with_rows(rows.size()));
        std::uint8_t* to = packed.write();
        for (const std::size_t row : rows) {
            const std::size_t number = first + row;
            const host_array x = data.batch({&number, 1});
            auto image = image_bytes::uninitialized({each[1], each[2], each[3]});
            std::transform(x.data(), x.data() + x.size(), image.write(), pixel_byte<float>);
            image = preparation(image);
            to = std::copy_n(image.data(), image.size(), to);
        }
        return packed;
    };
    return from;
}

int prepare(settings s) {
    const image_preparation preparation = preparation_of(s);
    std::error_code ignored;
    require(s.out.extension() == ".npy", "--out ", s.out, ": a name that ends in .npy was expected");
    packed_file<std::uint8_t>::tidy(s.out);
    require(s.force || !std::filesystem::exists(s.out, ignored), "--out ", s.out, ": exists; choose another name, or use --force to replace it");
    const auto folder = s.out.has_parent_path() ? s.out.parent_path() : std::filesystem::path{"."};
    require(::access(folder.c_str(), W_OK | X_OK) == 0, "--out ", s.out, ": ", std::strerror(errno), "; ", remedy(errno));
    require_place(s.out);
    require(s.split == "train" || s.split == "test", "--split ", s.split, ": train and test are known");

    const bool parted = std::filesystem::is_directory(std::filesystem::path{s.from} / "train", ignored);
    const auto images = parted ? std::filesystem::path{s.from} / s.split : std::filesystem::path{s.from};
    const bool of_files = (parted || s.split == "train") && std::filesystem::is_directory(images, ignored) && !image_files(images).empty();
    const std::string given = s.from;
    if (of_files) s.from = images;
    const source from = of_files ? folder_source(s, preparation) : dataset_source(s, preparation);
    json about{{"from", given}, {"split", s.split}, {"images", from.size}, {"fingerprint", from.fingerprint}, {"first", s.first},
               {"short-side", s.short_side}, {"crop", s.crop}, {"size", s.size}, {"resize", s.filter}};
    if (std::filesystem::is_regular_file(given, ignored)) about["file"] = identity_of(given);
    packed_file<std::uint8_t> file{s.out, from.each.with_rows(from.size), about, s.force ? begun::go_on_or_anew : begun::go_on};
    if (file.done() > 0) std::cout << "continues after " << file.done() << " of " << from.size << " images" << std::endl;

    constexpr std::size_t each = 64;                                                // images at a time
    const std::size_t begin = file.done(), parts = (from.size - begin + each - 1) / each;
    const auto part = [&](std::size_t number) {
        std::vector<std::size_t> rows;
        for (std::size_t i = begin + number * each; i < std::min(from.size, begin + (number + 1) * each); ++i) rows.push_back(i);
        return from.bytes(rows);
    };
    const std::size_t threads = s.threads > 0 ? s.threads : std::max(1u, std::thread::hardware_concurrency());
    read_ahead work{part, {.threads = threads, .ahead = 2 * threads, .count = parts}};
    progress_line line;
    const stopwatch watch;
    stopwatch since_lasting;
    try {
        for (std::size_t number = 0; number < parts && !stop_requested; ++number) {
            file.append(work.at(number));
            const double speed = static_cast<double>(file.done() - begin) / watch.seconds();
            const bool lasting = since_lasting.seconds() > 10;
            line.show(std::to_string(file.done()) + '/' + std::to_string(from.size) + " images  " + brief(speed, 3) + " images/s  " +
                          duration(static_cast<double>(from.size - file.done()) / speed) + " left", lasting);
            if (lasting) since_lasting = {};
        }
    } catch (const std::exception& reason) {
        line.end();
        file.keep();
        fail(reason.what(), "\n", file.done(), " of ", from.size, " images are kept; when the cause is gone, the same command continues");
    }
    line.end();
    if (file.done() < from.size) {
        file.keep();
        std::cout << "stopped after " << file.done() << " of " << from.size << " images; the same command continues\n";
        return 1;
    }
    file.commit();
    std::cout << from.size << " images " << from.each << " in " << s.out << "\nnext: train --data " << shell_quoted(s.out.string()) << " --out RUN\n";
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    settings s;
    program_options app{
        "Cuts images, brings them to one size and packs them into one .npy file of bytes [N,H,W,C]. When it was stopped or killed, the same "
        "command continues.", "prepare"};
    app.add("--from", s.from, "folder of images, also below it, in the order of their paths; or another data set that train knows")
        .required();
    app.add("--out", s.out, "file to write, named *.npy").required();
    app.add("--split", s.split, "split of a data set that has two: train or test").show_default();
    app.add("--first", s.first, "number of the first image to take, from 0").show_default();
    app.add("--count", s.count, "images to take; 0: all from there on").show_default();
    app.add("--short-side", s.short_side, "before the cut: brings the shorter side to this size, in proportion; 0: leaves it").show_default();
    app.add("--crop", s.crop, "what to cut out: center (the largest square), or x,y,width,height in pixels (default: nothing is cut off)");
    app.add("--size", s.size, "after the cut: brings the square to this size; 0: leaves it").show_default();
    app.add("--resize", s.filter, "how: antialiased (as Pillow does it), or bilinear (as TensorFlow and PyTorch do it)").show_default();
    app.add("--threads", s.threads, "threads that decode; 0: one a core").show_default();
    app.flag("--force", s.force, "replace the file; what was begun of other images or settings begins anew");
    return run_program(app, argc, argv, [&] {
        stop_on_signals();
        return prepare(s);
    });
}
