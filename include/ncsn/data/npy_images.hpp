// SPDX-License-Identifier: Apache-2.0
/// \file  Images in a .npy file, read from it as batches ask for them.
#pragma once

#include <ncsn/arrays/files/npy.hpp>
#include <ncsn/data/dataset.hpp>

#include <algorithm>
#include <cmath>
#include <memory>

namespace ncsn {

/// What is done with numbers beyond [0, 1]: they are refused, or brought to the nearer end where they are not far from it, as those of samples are.
enum class npy_range { refused, clamped };

/// A .npy file of images [N,H,W] (grey) or [N,H,W,C] with C = 1 or 3: bytes, which become x / 255, or floats or doubles, which must lie in [0, 1] and
/// are looked at once when the file is opened. In memory are the rows of a batch only; the file may be larger. Without labels.
template <Array A> class npy_images {
public:
    explicit npy_images(const std::filesystem::path& path, npy_range beyond = npy_range::refused)
        : file_{std::make_shared<const input_file>(path)}, clamps_{beyond == npy_range::clamped} {
        const npy_header header{*file_};
        begin_ = header.data_begin;
        each_ = header.type == npy_type<std::uint8_t> ? 1 : header.type == npy_type<float> ? sizeof(float) : sizeof(double);
        require(each_ < sizeof(double) || header.type == npy_type<double>, "images ", path, ": the elements are '", header.type,
                "'; bytes, '<f4' or '<f8' were expected; save them with astype('|u1') or astype('<f4')");
        const ncsn::shape& s = header.extents;
        require(s.rank() == 3 || s.rank() == 4, "images ", path, ": shape ", s, "; [N,H,W] or [N,H,W,C] was expected");
        shape_ = {1, s[1], s[2], s.rank() == 3 ? std::size_t{1} : s[3]};
        require(shape_[3] == 1 || shape_[3] == 3, "images ", path, ": shape ", s, " has ", shape_[3], " channels; 1 or 3 were expected",
                s[1] == 1 || s[1] == 3 ? "; channels come last: save x.transpose(0, 2, 3, 1)" : "");
        header.require_elements(*file_, each_);
        size_ = s[0];
        require(size_ > 0 && s[1] > 0 && s[2] > 0, "images ", path, ": shape ", s, "; at least one image was expected");
        if (each_ > 1)
            for (std::size_t row = 0; row < size_; ++row) batch({&row, 1});         // refuses what is not in [0, 1]
    }

    std::size_t size() const { return size_; }
    const ncsn::shape& shape() const { return shape_; }
    A batch(std::span<const std::size_t> rows) const {
        auto x = tensor<T, cpu>::uninitialized(shape_.with_rows(rows.size()));
        const std::size_t count = shape_.row_size();
        std::vector<std::uint8_t> bytes(count * each_);
        T* to = x.write();
        for (const std::size_t row : rows) {
            require(row < size_, "images ", file_->path(), ": image ", row, " of ", size_, "; the last has number ", size_ - 1);
            file_->read(begin_ + row * bytes.size(), bytes.data(), bytes.size());
            if (each_ == 1) std::transform(bytes.begin(), bytes.end(), to, [](std::uint8_t byte) { return static_cast<T>(byte) / T(255); });
            else if (each_ == sizeof(float)) take<float>(bytes, row, to);
            else take<double>(bytes, row, to);
            to += count;
        }
        return on_device<typename A::device_type>(x);
    }

private:
    using T = typename A::value_type;

    template <class Stored> void take(const std::vector<std::uint8_t>& bytes, std::size_t row, T* to) const {
        for (std::size_t i = 0; i < bytes.size() / sizeof(Stored); ++i) {
            const auto value = little_endian<Stored>(&bytes[i * sizeof(Stored)]);
            const bool near = value > -2 && value < 3;                              // of an image in [0, 1] with some noise
            if (!(value >= 0 && value <= 1) && !(clamps_ && near)) refuse(row, static_cast<double>(value));
            to[i] = static_cast<T>(value < 0 ? 0 : value > 1 ? 1 : value);
        }
    }
    [[noreturn]] void refuse(std::size_t row, double value) const {
        fail("images ", file_->path(), ": image ", row, " has the value ", value, "; values in [0, 1] were expected; ",
             std::isnan(value)               ? "mend or drop images that are not numbers"
             : value > -0.01 && value < 1.01 ? "save x.clip(0, 1)"
             : value < 0                     ? "save (x + 1) / 2 where they are in [-1, 1]"
                                             : "save x / 255, or x.astype('|u1'), where they are in 0 to 255");
    }

    std::shared_ptr<const input_file> file_;
    ncsn::shape shape_;
    std::size_t size_ = 0, begin_ = 0, each_ = 0;
    bool clamps_ = false;
};

}  // namespace ncsn
