// SPDX-License-Identifier: Apache-2.0
/// \file  MNIST and Fashion-MNIST: IDX files, plain or compressed with gzip.
#pragma once

#include <ncsn/arrays/files/read_file.hpp>
#include <ncsn/data/dataset.hpp>

#include <zlib.h>

#include <limits>
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
            if (status == Z_BUF_ERROR) break;                                       // no more input
            require(status == Z_OK || ended_, "read ", path_, ": the gzip data are damaged (", stream_.msg ? stream_.msg : "no reason given",
                    "); fetch the file again");
        }
        return found;
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

/// Where the file of that name is: in the folder, plain or .gz, with a hyphen or a dot before "idx", or in one of the set's own folders below.
inline std::filesystem::path find_idx(const std::filesystem::path& folder, const std::string& name, std::initializer_list<const char*> own,
                                      const char* hint) {
    std::string dotted = name;
    dotted[dotted.rfind("-idx")] = '.';
    std::error_code ignored;
    const auto look_in = [&](const std::filesystem::path& place) -> std::filesystem::path {
        for (const auto& candidate : {name, dotted, name + ".gz", dotted + ".gz"})
            if (std::filesystem::is_regular_file(place / candidate, ignored)) return place / candidate;
        return {};
    };
    if (const auto path = look_in(folder); !path.empty()) return path;
    for (const char* below : own)
        if (const auto path = look_in(folder / below); !path.empty()) return path;
    fail("no file ", name, "[.gz] in ", folder, "; ", hint);
}

/// A data set in MNIST's four files: images [N,28,28,1] with the labels 0 to 9.
template <Array A> images<A> idx_images(const std::filesystem::path& folder, split which, std::initializer_list<const char*> own, const char* hint) {
    const std::string part = which == split::train ? "train" : "t10k";
    const auto image_path = find_idx(folder, part + "-images-idx3-ubyte", own, hint),
               label_path = find_idx(folder, part + "-labels-idx1-ubyte", own, hint);
    const auto pixels = load_idx(image_path), labels = load_idx(label_path);
    require(pixels.shape().rank() == 3 && pixels.size() > 0, image_path, ": extents ", pixels.shape(), "; images [N,H,W] were expected");
    require(labels.shape() == shape{pixels.shape()[0]}, label_path, ": extents ", labels.shape(), " for images ", pixels.shape(),
            "; one label for each image was expected");
    for (const std::uint8_t label : labels.values()) require(label <= 9, label_path, ": a label ", int{label}, "; 0 to 9 was expected");
    return images<A>{pixels.reshaped({pixels.shape()[0], pixels.shape()[1], pixels.shape()[2], 1}),
                     std::vector<std::uint8_t>(labels.values().begin(), labels.values().end())};
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
