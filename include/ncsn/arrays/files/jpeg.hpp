// SPDX-License-Identifier: Apache-2.0
/// \file  Images from JPEG files.
#pragma once

#include <ncsn/arrays/files/image_bytes.hpp>

#include <cstdio>                                                                   // jpeglib.h wants it

#include <jerror.h>
#include <jpeglib.h>

#include <csetjmp>

namespace ncsn {

/// libjpeg's decoder, with its errors as ours: the library leaves a failed call by longjmp, which must not pass over an object of C++.
class jpeg_decoder {
public:
    explicit jpeg_decoder(const std::filesystem::path& path) : path_{path} {
        source.err = jpeg_std_error(&errors_);
        source.client_data = this;
        errors_.error_exit = [](j_common_ptr from) {
            auto& self = *static_cast<jpeg_decoder*>(from->client_data);
            from->err->format_message(from, self.message_);
            std::longjmp(self.failed_, 1);
        };
        errors_.emit_message = [](j_common_ptr from, int level) {                   // -1: a warning, after which libjpeg would guess pixels
            const int code = from->err->msg_code;
            if (level < 0 && code != JWRN_EXTRANEOUS_DATA && code != JWRN_ADOBE_XFORM) from->err->error_exit(from);
        };
        progress_.progress_monitor = [](j_common_ptr from) {
            constexpr int most_scans = 500;                                         // files have ten; each costs a pass over the whole image
            if (reinterpret_cast<j_decompress_ptr>(from)->input_scan_number <= most_scans) return;
            auto& self = *static_cast<jpeg_decoder*>(from->client_data);
            std::strcpy(self.message_, "more than 500 scans");
            std::longjmp(self.failed_, 1);
        };
    }
    jpeg_decoder(const jpeg_decoder&) = delete;
    jpeg_decoder& operator=(const jpeg_decoder&) = delete;
    ~jpeg_decoder() { jpeg_destroy_decompress(&source); }

    /// Calls the library; nothing in `calls` may have a destructor.
    template <class Calls> void attempt(const Calls& calls) {
        if (setjmp(failed_) == 0) calls();
        else fail("load_jpeg ", path_, ": ", message_, "; the file is incomplete or damaged");
    }
    void watch_scans() { source.progress = &progress_; }

    jpeg_decompress_struct source{};

private:
    const std::filesystem::path& path_;
    jpeg_error_mgr errors_{};
    jpeg_progress_mgr progress_{};
    std::jmp_buf failed_{};
    char message_[JMSG_LENGTH_MAX]{};
};

/// The pixels in a JPEG file's content: [H,W,1] for grey files, [H,W,3] for colour. Exact arithmetic and smooth chroma, libjpeg's own choice and
/// Pillow's: the same bytes on every machine with libjpeg-turbo. Orientation (EXIF) and colour profiles are left alone.
inline image_bytes decode_jpeg(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
    jpeg_decoder decoder{path};
    jpeg_decompress_struct& source = decoder.source;
    decoder.attempt([&] {
        jpeg_create_decompress(&source);
        decoder.watch_scans();
        jpeg_mem_src(&source, bytes.data(), bytes.size());
        jpeg_read_header(&source, TRUE);
    });
    const bool grey = source.jpeg_color_space == JCS_GRAYSCALE;
    require(grey || source.jpeg_color_space == JCS_YCbCr || source.jpeg_color_space == JCS_RGB, "load_jpeg ", path, ": ", source.num_components,
            " colour components (CMYK?); save the image in grey or RGB");
    constexpr std::uint64_t pixels_a_byte = 512;                                    // a block of 8 x 8 costs a bit at least
    require_possible("load_jpeg", path, source.image_height, source.image_width, pixels_a_byte, bytes.size());
    source.out_color_space = grey ? JCS_GRAYSCALE : JCS_RGB;
    auto x = image_bytes::uninitialized({source.image_height, source.image_width, grey ? std::size_t{1} : std::size_t{3}});
    std::uint8_t* const to = x.write();
    decoder.attempt([&] {
        jpeg_start_decompress(&source);
        while (source.output_scanline < source.output_height) {
            JSAMPROW row = to + std::size_t{source.output_scanline} * source.output_width * static_cast<std::size_t>(source.output_components);
            jpeg_read_scanlines(&source, &row, 1);
        }
        jpeg_finish_decompress(&source);
    });
    return x;
}

/// The extents in a JPEG file: its markers are passed over up to the one that begins a frame.
inline image_size jpeg_size(const input_file& file) {
    const auto incomplete = [&] { fail("load_jpeg ", file.path(), ": no frame begins in it; the file is incomplete or damaged"); };
    std::uint8_t bytes[8] = {};
    const auto read = [&](std::uint64_t begin, std::size_t count) {
        if (file.size() < begin + count) incomplete();
        file.read(begin, bytes, count);
    };
    for (std::uint64_t at = 2;;) {                                                  // after the start of the image
        read(at, 2);
        if (bytes[0] != 0xff) incomplete();
        if (bytes[1] == 0xff) { ++at; continue; }                                   // padding
        const unsigned marker = bytes[1];
        const bool frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
        if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xda)) incomplete();      // scans come after frames
        read(at + 2, frame ? 8 : 2);
        const auto two = [&](std::size_t i) { return std::size_t{bytes[i]} << 8 | bytes[i + 1]; };
        if (frame) return {two(3), two(5), bytes[7] == 1 ? std::size_t{1} : std::size_t{3}};
        at += 2 + two(0);
    }
}

/// The image in a JPEG file, values in [0,1]: decode_jpeg(...) / 255.
template <Array A> A load_jpeg(const std::filesystem::path& path) { return fractions<A>(decode_jpeg(path, read_file(path))); }

}  // namespace ncsn
