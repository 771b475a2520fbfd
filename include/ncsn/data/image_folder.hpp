// SPDX-License-Identifier: Apache-2.0
/// \file  Images in a folder, decoded as batches ask for them.
#pragma once

#include <ncsn/arrays/files/image_file.hpp>
#include <ncsn/data/dataset.hpp>
#include <ncsn/data/image_resizing.hpp>

#include <memory>
#include <optional>

namespace ncsn {

/// The image files (PNG, JPEG) in a folder and those below it, in the order of their paths, byte by byte: the same on every machine. Hidden files and
/// folders, and links to folders, are passed over.
inline std::vector<std::filesystem::path> image_files(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> found;
    std::error_code reason, ignored;
    auto entry = std::filesystem::recursive_directory_iterator{folder, reason};
    for (; !reason && entry != std::filesystem::recursive_directory_iterator{}; entry.increment(reason)) {
        if (entry->path().filename().native().starts_with('.')) entry.disable_recursion_pending();
        else if (is_image_name(entry->path()) && entry->is_regular_file(ignored)) found.push_back(entry->path());
    }
    require(!reason, "images in ", folder, ": ", reason.message(), "; ", remedy(reason.value()));
    std::ranges::sort(found, {}, [](const std::filesystem::path& path) -> const std::string& { return path.native(); });
    return found;
}

/// The images of a folder, each prepared, as a data set [N,H,W,C] without labels: bytes x / 255. They must then have one size. Grey and colour may be
/// mixed: grey images have three equal channels where one image is in colour. All headers are read when the folder is opened; in memory are the
/// paths, and the images of a batch.
template <Array A> class image_folder {
public:
    explicit image_folder(const std::filesystem::path& folder, const image_preparation& preparation = {})
        : image_folder{folder, image_files(folder), preparation} {}
    /// The images of some files of a folder.
    image_folder(const std::filesystem::path& folder, std::vector<std::filesystem::path> files, const image_preparation& preparation = {})
        : files_{std::make_shared<const std::vector<std::filesystem::path>>(std::move(files))}, preparation_{preparation} {
        require(size() > 0, "images in ", folder, ": there are none, not even below it; files named *.png, *.jpg or *.jpeg were expected");
        image_size first = prepared_size(0);
        std::size_t channels = first.channels;
        for (std::size_t i = 1; i < size(); ++i) {
            const image_size other = prepared_size(i);
            require(other.height == first.height && other.width == first.width, "images in ", folder, ": ", path(0), " has ", first.width, " x ",
                    first.height, " pixels and ", path(i), " has ", other.width, " x ", other.height, "; one size was expected; the program prepare "
                    "brings them to one: prepare --from ", folder, " --out FILE.npy --crop center --size ", std::min(first.height, first.width));
            channels = std::max(channels, other.channels);
        }
        shape_ = {1, first.height, first.width, channels};
    }

    std::size_t size() const { return files_->size(); }
    const ncsn::shape& shape() const { return shape_; }
    const std::filesystem::path& path(std::size_t row) const { return (*files_)[row]; }

    /// The images with these numbers, as bytes.   [N,H,W,C]
    image_bytes bytes(std::span<const std::size_t> rows) const {
        auto x = image_bytes::uninitialized(shape_.with_rows(rows.size()));
        std::uint8_t* to = x.write();
        for (const std::size_t row : rows) {
            require(row < size(), "images: image ", row, " of ", size(), "; the last has number ", size() - 1);
            const image_bytes image = named(row, [&] { return preparation_(load_image(path(row))); });
            const std::size_t channels = image.shape()[2];
            require(image.shape()[0] == shape_[1] && image.shape()[1] == shape_[2] && channels <= shape_[3], path(row), ": ", image.shape(),
                    " where it was ", shape_, " when the folder was opened; leave its images alone while they are used");
            if (channels == shape_[3]) to = std::copy_n(image.data(), image.size(), to);
            else for (const std::uint8_t grey : image.values()) to = std::fill_n(to, shape_[3], grey);
        }
        return x;
    }
    A batch(std::span<const std::size_t> rows) const { return fractions<A>(bytes(rows)); }

private:
    /// What `work` gives; an error of it is told with the name of the file, unless that is in it.
    auto named(std::size_t row, const auto& work) const {
        try {
            return work();
        } catch (const error& reason) {
            const std::string text = reason.what();
            if (text.find(path(row).native()) != text.npos) throw;
            fail("image ", path(row), ": ", text);
        }
    }
    image_size prepared_size(std::size_t row) const {
        return named(row, [&] { return preparation_(load_image_size(path(row))); });
    }

    std::shared_ptr<const std::vector<std::filesystem::path>> files_;
    image_preparation preparation_;
    ncsn::shape shape_;
};

}  // namespace ncsn
