// SPDX-License-Identifier: Apache-2.0
/// \file  Images from PNG and JPEG files, told apart by their first bytes whatever their name.
#pragma once

#include <ncsn/arrays/files/jpeg.hpp>
#include <ncsn/arrays/files/png.hpp>

#include <algorithm>
#include <string>

namespace ncsn {

/// Whether the name is that of an image file: .png, .jpg or .jpeg, in small or capital letters. Hidden files are none.
inline bool is_image_name(const std::filesystem::path& path) {
    std::string extension = path.extension();
    std::ranges::transform(extension, extension.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return (extension == ".png" || extension == ".jpg" || extension == ".jpeg") && !path.filename().native().starts_with('.');
}

enum class image_format { png, jpeg };

/// The format that a file's first bytes tell; an error where it is neither.
inline image_format format_of(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
    if (bytes.size() >= 3 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff) return image_format::jpeg;
    require(bytes.size() >= 8 && png_sig_cmp(bytes.data(), 0, 8) == 0, "image ", path, ": neither PNG nor JPEG, by its first bytes; convert it");
    return image_format::png;
}

/// The pixels in a PNG or JPEG file, as decode_png and decode_jpeg give them.   [H,W,1] or [H,W,3].
inline image_bytes load_image(const std::filesystem::path& path) {
    const auto bytes = read_file(path);
    return format_of(path, bytes) == image_format::png ? decode_png(path, bytes) : decode_jpeg(path, bytes);
}

/// The extents that load_image would give, from the header alone.
inline image_size load_image_size(const std::filesystem::path& path) {
    const input_file file{path};
    std::array<std::uint8_t, 33> start{};
    const std::span<std::uint8_t> begin{start.data(), std::min<std::size_t>(start.size(), file.size())};
    file.read(0, begin.data(), begin.size());
    return format_of(path, begin) == image_format::png ? png_size(path, begin, file.size()) : jpeg_size(file);
}

}  // namespace ncsn
