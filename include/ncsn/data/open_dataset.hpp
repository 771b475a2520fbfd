// SPDX-License-Identifier: Apache-2.0
/// \file  Data sets by their name or their place.
#pragma once

#include <ncsn/data/any_dataset.hpp>
#include <ncsn/data/cifar10.hpp>
#include <ncsn/data/data_folder.hpp>
#include <ncsn/data/idx.hpp>
#include <ncsn/data/image_folder.hpp>
#include <ncsn/data/npy_images.hpp>
#include <ncsn/data/stacked_digits.hpp>

namespace ncsn {

/// A split of whatever data are in a folder: train.npy and test.npy; CIFAR-10's binary files; IDX files; the images below its folders train and test;
/// or, without a folder train, all images below it, or the one .npy file that is all it holds, for training. Nothing if the split is not there.
template <Array A> std::optional<any_dataset<A>> find_dataset_in(const std::filesystem::path& folder, split which) {
    std::error_code ignored;
    const std::string part = which == split::train ? "train" : "test";
    const auto is_file = [&](const std::filesystem::path& path) { return std::filesystem::is_regular_file(path, ignored); };
    if (is_file(folder / "train.npy")) {
        if (!is_file(folder / (part + ".npy"))) return {};
        return npy_images<A>{folder / (part + ".npy")};
    }
    for (const auto& place : {folder, folder / "cifar-10-batches-bin"})
        if (is_file(place / "data_batch_1.bin")) return cifar10<A>(place, which);
    if (!find_idx(folder, "train-images-idx3-ubyte").empty() || !find_idx(folder, "t10k-images-idx3-ubyte").empty()) {
        auto found = idx_images<A>(folder, which);
        if (!found) return {};
        return any_dataset<A>{*std::move(found)};
    }
    if (!std::filesystem::is_directory(folder / "train", ignored)) {
        if (which == split::test) return {};
        const std::vector<std::filesystem::path> entries{std::filesystem::directory_iterator{folder, ignored}, {}};
        if (entries.size() == 1 && entries[0].extension() == ".npy") return npy_images<A>{entries[0]};
        return image_folder<A>{folder};
    }
    if (!std::filesystem::is_directory(folder / part, ignored)) return {};
    return image_folder<A>{folder / part};
}

/// A split of a data set, or nothing if the set does not have that split; what is not there at all is an error. `name_or_path` is
///     mnist, fashion-mnist, cifar10   in `folder` or, where none is given, data_folder(name) (Fashion-MNIST also where Debian's package puts it)
///     stacked-mnist                   digits of mnist, from the same place, as the colours of one image (stacked_digits)
///     a .npy file                     as npy_images reads it; a training split
///     a folder                        as find_dataset_in looks through it
///     another name                    the folder data_folder(name), in the same way
template <Array A>
std::optional<any_dataset<A>> find_dataset(const std::string& name_or_path, split which, const std::filesystem::path& folder = {}) {
    std::error_code ignored;
    const auto exists = [&](const std::filesystem::path& path) { return std::filesystem::exists(path, ignored); };
    const bool stacked = name_or_path == "stacked-mnist";
    const auto place = folder.empty() ? data_folder(stacked ? "mnist" : name_or_path) : folder;
    if (stacked) return stacked_digits<A>{mnist<A>(place, which)};
    if (name_or_path == "mnist") return mnist<A>(place, which);
    if (name_or_path == "cifar10") return cifar10<A>(place, which);
    if (name_or_path == "fashion-mnist") return folder.empty() && !exists(place) ? fashion_mnist<A>(which) : fashion_mnist<A>(place, which);

    require(folder.empty(), "data set ", name_or_path, ": in a folder of its own, ", folder, ", are mnist, stacked-mnist, fashion-mnist and cifar10 "
            "only; others are named by their path, which may be that folder");
    const bool by_name = !exists(name_or_path);
    require(!by_name || (!name_or_path.empty() && exists(place)), "data set ", name_or_path, ": no data set has this name and no file or folder this "
            "path; mnist, stacked-mnist, fashion-mnist and cifar10 are known, and so are a folder of images, one of IDX files, and a .npy file");
    const auto found = by_name ? place : std::filesystem::path{name_or_path};
    if (std::filesystem::is_directory(found, ignored)) return find_dataset_in<A>(found, which);
    require(!is_image_name(found), "data set ", found, ": one image is no data set; name the folder that it is in");
    if (which == split::test) return {};
    return npy_images<A>{found};
}

/// A split of a data set: find_dataset(...), or an error if the set does not have that split.
template <Array A>
any_dataset<A> open_dataset(const std::string& name_or_path, split which = split::train, const std::filesystem::path& folder = {}) {
    auto found = find_dataset<A>(name_or_path, which, folder);
    const char* const part = which == split::train ? "training" : "test";
    require(found.has_value(), "data set ", name_or_path, ": it has no ", part, " split; take the other one, or name a folder that holds train.npy "
            "and test.npy, or folders of images train and test");
    return *std::move(found);
}

}  // namespace ncsn
