// SPDX-License-Identifier: Apache-2.0
/// \file  MNIST and Fashion-MNIST: IDX files, plain or compressed with gzip.
#pragma once

#include <ncsn/arrays/files/read_file.hpp>
#include <ncsn/data/dataset.hpp>

#include <zlib.h>

#include <limits>
#include <optional>
#include <string>

namespace ncsn {

/// The bytes of a file in order, unpacked on the way if they are gzip; never more of them than were asked for.
class unpacked_file {
public:
    explicit unpacked_file(const std::filesystem::path& path) : path_{path}, bytes_{read_file(path)} {
        packed_ = bytes_.size() >= 2 && bytes_[0] == 0x1f && bytes_[1] == 0x8b;
        constexpr int gzip_only = 16;                                               // added to the window's logarithm: zlib's convention
        if (packed_) require(inflateInit2(&stream_, MAX_WBITS + gzip_only) == Z_OK, "read ", path_, ": zlib cannot start; is memory exhausted?");
    }
    unpacked_file(const unpacked_file&) = delete;
    unpacked_file& operator=(const unpacked_file&) = delete;
    ~unpacked_file() { if (packed_) inflateEnd(&stream_); }

    /// No file of this size can hold more bytes: deflate shortens by at most 1032.
    std::uint64_t most_bytes() const { return bytes_.size() * (packed_ ? std::uint64_t{1032} : std::uint64_t{1}); }

    /// The next bytes; an error if there are fewer.
    void read(std::uint8_t* to, std::size_t count) {
        const std::size_t found = take(to, count);
        require(found == count, "read ", path_, ": ends ", count - found, " bytes early; the file is incomplete, fetch it again");
    }
    /// An error if there are more bytes. Checks gzip's own checksum.
    void expect_end() {
        std::uint8_t more;
        require(take(&more, 1) == 0, "read ", path_, ": longer than its header says; the file is damaged, fetch it again");
        require(!packed_ || ended_, "read ", path_, ": the gzip data end early; the file is incomplete, fetch it again");
    }

private:
    std::size_t take(std::uint8_t* to, std::size_t count) {
        if (!packed_) {
            const std::size_t found = std::min(count, bytes_.size() - position_);
            std::copy_n(bytes_.data() + position_, found, to);
            position_ += found;
            return found;
        }
        constexpr std::size_t most = std::numeric_limits<uInt>::max();              // zlib counts in 32 bits
        std::size_t found = 0;
        while (found < count && !ended_) {
            const std::size_t space = std::min(count - found, most), offered = std::min(bytes_.size() - position_, most);
            stream_.next_in = bytes_.data() + position_;
            stream_.avail_in = static_cast<uInt>(offered);
            stream_.next_out = to + found;
            stream_.avail_out = static_cast<uInt>(space);
            const int status = inflate(&stream_, Z_NO_FLUSH);
            position_ += offered - stream_.avail_in;
            found += space - stream_.avail_out;
            ended_ = status == Z_STREAM_END;
            if (ended_ && next_member()) continue;
            if (status == Z_BUF_ERROR) break;                                       // no more input
            require(status == Z_OK || ended_, "read ", path_, ": the gzip data are damaged (", stream_.msg ? stream_.msg : "no reason given",
                    "); fetch the file again");
        }
        return found;
    }

    /// gzip files may be several in a row, and what they hold is one content. Zeros at the end are padding.
    bool next_member() {
        while (position_ < bytes_.size() && bytes_[position_] == 0) ++position_;
        if (position_ == bytes_.size()) return false;
        require(inflateReset(&stream_) == Z_OK, "read ", path_, ": zlib cannot start again; is memory exhausted?");
        ended_ = false;
        return true;
    }

    std::filesystem::path path_;
    std::vector<std::uint8_t> bytes_;
    std::size_t position_ = 0;
    z_stream stream_{};
    bool packed_ = false, ended_ = false;
};

/// The bytes in an IDX file (LeCun): two zeros, the type (8: unsigned byte), the number of axes, their extents in big-endian order, the data.
inline tensor<std::uint8_t, cpu> load_idx(const std::filesystem::path& path) {
    unpacked_file file{path};
    std::array<std::uint8_t, 4> magic{}, word{};
    file.read(magic.data(), magic.size());
    require(magic[0] == 0 && magic[1] == 0 && magic[2] == 8 && magic[3] >= 1 && magic[3] <= shape::max_rank, "load_idx ", path, ": starts with ",
            int{magic[0]}, " ", int{magic[1]}, " ", int{magic[2]}, " ", int{magic[3]}, "; an IDX file of bytes starts with 0 0 8 and its number of "
            "axes, at most ", shape::max_rank);
    std::array<std::size_t, shape::max_rank> extents{};
    std::uint64_t size = 1;
    bool fits = true;
    for (std::size_t axis = 0; axis < magic[3]; ++axis) {
        file.read(word.data(), word.size());
        extents[axis] = big_endian(word.data());
        fits = fits && multiplied(size, extents[axis], size);
    }
    const shape s{std::span<const std::size_t>{extents.data(), magic[3]}};
    require(fits && size <= file.most_bytes(), "load_idx ", path, ": extents ", s, " cannot be in a file of this size; it is incomplete or damaged");
    auto values = tensor<std::uint8_t, cpu>::uninitialized(s);
    file.read(values.write(), size);
    file.expect_end();
    return values;
}

/// The names of an IDX file: plain or .gz, with a hyphen or a dot before "idx"; the first is preferred.
inline std::array<std::string, 4> idx_names(const std::string& name) {
    std::string dotted = name;
    dotted[dotted.rfind("-idx")] = '.';
    return {name, dotted, name + ".gz", dotted + ".gz"};
}
/// Where the file is in the folder; nothing if it is not there.
inline std::filesystem::path idx_file(const std::filesystem::path& folder, const std::string& name) {
    std::error_code ignored;
    for (const auto& candidate : idx_names(name))
        if (std::filesystem::is_regular_file(folder / candidate, ignored)) return folder / candidate;
    return {};
}
/// The same; any words and a hyphen may be in front of the name ("emnist-letters-train-images-idx3-ubyte"). An error if there are several of them.
inline std::filesystem::path find_idx(const std::filesystem::path& folder, const std::string& name) {
    std::filesystem::path found = idx_file(folder, name);
    if (!found.empty()) return found;
    const auto names = idx_names("-" + name);
    std::error_code ignored;
    std::string words;
    std::size_t best = names.size();
    for (const auto& entry : std::filesystem::directory_iterator{folder, ignored}) {
        const std::string file = entry.path().filename();
        const auto rank = static_cast<std::size_t>(std::ranges::find_if(names, [&](const auto& end) { return file.ends_with(end); }) - names.begin());
        if (rank == names.size() || !entry.is_regular_file(ignored)) continue;
        const std::string before = file.substr(0, file.size() - names[rank].size());
        require(found.empty() || before == words, "data in ", folder, ": there are several sets, ", std::max(before, words), " and ",
                std::min(before, words), " among them; give each a folder of its own");
        words = before;
        if (rank < best) best = rank, found = entry.path();
    }
    return found;
}

/// A split in a folder of files like MNIST's: images [N,H,W,1] of any extents, and labels, any numbers, where there are some. Nothing if the split is
/// not there.
template <Array A> std::optional<images<A>> idx_images(const std::filesystem::path& folder, split which) {
    const std::string part = which == split::train ? "train" : "t10k";
    const auto image_path = find_idx(folder, part + "-images-idx3-ubyte");
    if (image_path.empty()) return {};
    const std::string file = image_path.filename(), words = file.substr(0, file.rfind(part + "-images"));
    const auto label_path = idx_file(folder, words + part + "-labels-idx1-ubyte");  // those of other images are of no use
    const auto pixels = load_idx(image_path);
    require(pixels.shape().rank() == 3 && pixels.size() > 0, image_path, ": extents ", pixels.shape(), "; images [N,H,W] were expected");
    std::vector<label> labels;
    if (!label_path.empty()) {
        const auto found = load_idx(label_path);
        require(found.shape() == shape{pixels.shape()[0]}, label_path, ": extents ", found.shape(), " for images ", pixels.shape(),
                "; one label for each image was expected");
        labels.assign(found.values().begin(), found.values().end());
    }
    return images<A>{pixels.reshaped({pixels.shape()[0], pixels.shape()[1], pixels.shape()[2], 1}), std::move(labels)};
}

/// The split of a set that has both, with labels: in the folder or in one of the set's own below it.
template <Array A> images<A> idx_images(const std::filesystem::path& folder, split which, std::initializer_list<const char*> own, const char* hint) {
    std::vector<std::filesystem::path> places{folder};
    for (const char* below : own) places.push_back(folder / below);
    for (const auto& place : places)
        if (auto found = idx_images<A>(place, which)) {
            require(!found->labels.empty(), place, ": images without their labels; ", hint);
            return *std::move(found);
        }
    fail("no file ", which == split::train ? "train" : "t10k", "-images-idx3-ubyte[.gz] in ", folder, "; ", hint);
}

/// MNIST (LeCun, Cortes & Burges): 60,000 and 10,000 handwritten digits, 28 x 28, grey.
template <Array A> images<A> mnist(const std::filesystem::path& folder, split which = split::train) {
    return idx_images<A>(folder, which, {"mnist", "MNIST/raw"}, "run data/fetch mnist, or give the folder with the four files");
}

/// The same through a transform.
template <Array A, Transform<A> F> transformed<images<A>, F> mnist(const std::filesystem::path& folder, F transform, split which = split::train) {
    return {mnist<A>(folder, which), std::move(transform)};
}

/// Fashion-MNIST (Xiao, Rasul & Vollgraf 2017): 60,000 and 10,000 articles of clothing, 28 x 28, grey.
template <Array A> images<A> fashion_mnist(const std::filesystem::path& folder, split which = split::train) {
    return idx_images<A>(folder, which, {"fashion-mnist", "FashionMNIST/raw"},
                         "run data/fetch fashion-mnist, or give the folder with the four files");
}
template <Array A, Transform<A> F>
transformed<images<A>, F> fashion_mnist(const std::filesystem::path& folder, F transform, split which = split::train) {
    return {fashion_mnist<A>(folder, which), std::move(transform)};
}
/// The same from Debian's package dataset-fashion-mnist.
template <Array A> images<A> fashion_mnist(split which = split::train) {
    return idx_images<A>("/usr/share/datasets/fashion-mnist", which, {},
                         "install the package dataset-fashion-mnist, or run data/fetch fashion-mnist and give its folder");
}

}  // namespace ncsn
