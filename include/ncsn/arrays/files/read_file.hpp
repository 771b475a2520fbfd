// SPDX-License-Identifier: Apache-2.0
/// \file  The bytes of a file, and a checked walk through them.
#pragma once

#include <ncsn/arrays/files/atomic_file.hpp>

#include <bit>
#include <cstdint>
#include <new>
#include <span>
#include <vector>

namespace ncsn {

static_assert(std::endian::native == std::endian::little, "the file formats of this library are read and written as little-endian memory");

/// A regular file that is open for reading, at any place and by several threads at once. `hint` ends the message of a failure.
class input_file {
public:
    explicit input_file(std::filesystem::path path, const char* hint = "") : path_{std::move(path)}, hint_{hint} {
        file_.descriptor = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);    // a pipe must not make us wait before it is refused
        if (file_.descriptor < 0) fail_because(errno);
        struct stat found;
        if (::fstat(file_.descriptor, &found) != 0) fail_because(errno);
        if (S_ISDIR(found.st_mode)) fail_because(EISDIR);
        require(S_ISREG(found.st_mode), "read ", path_, ": not a regular file; copy its content to one first");
        size_ = static_cast<std::uint64_t>(found.st_size);
    }

    const std::filesystem::path& path() const { return path_; }
    std::uint64_t size() const { return size_; }                                    ///< in bytes, when it was opened

    /// The bytes begin, ..., begin + count - 1; an error if the file ends before.
    void read(std::uint64_t begin, void* to, std::size_t count) const {
        for (std::size_t done = 0; done < count;) {
            const ssize_t found = ::pread(file_.descriptor, static_cast<char*>(to) + done, count - done, static_cast<off_t>(begin + done));
            if (found < 0 && errno == EINTR) continue;
            if (found < 0) fail_because(errno);
            require(found > 0, "read ", path_, ": ended after ", begin + done, " of ", size_, " bytes; is somebody writing to it?");
            done += static_cast<std::size_t>(found);
        }
    }

private:
    struct handle {
        int descriptor = -1;
        handle() = default;
        handle(handle&& other) noexcept : descriptor{std::exchange(other.descriptor, -1)} {}
        ~handle() { if (descriptor >= 0) ::close(descriptor); }
    };
    [[noreturn]] void fail_because(int reason) const { fail("read ", path_, ": ", std::strerror(reason), "; ", *hint_ ? hint_ : remedy(reason)); }

    std::filesystem::path path_;
    const char* hint_;
    handle file_;
    std::uint64_t size_ = 0;
};

/// All bytes of a regular file. `hint` ends the message of a failure.
inline std::vector<std::uint8_t> read_file(const std::filesystem::path& path, const char* hint = "") {
    const input_file file{path, hint};
    std::vector<std::uint8_t> bytes;
    try {
        bytes.resize(file.size());
    } catch (const std::exception&) {
        fail("read ", path, ": ", file.size(), " bytes do not fit in memory; is it the right file?");
    }
    file.read(0, bytes.data(), bytes.size());
    return bytes;
}

/// a b, or nothing where the product has more than 64 bits: extents in a file are not to be trusted.
inline bool multiplied(std::uint64_t a, std::uint64_t b, std::uint64_t& product) { return !__builtin_mul_overflow(a, b, &product); }

/// The unsigned number in the first sizeof(T) bytes, little-endian.
template <class T> T little_endian(const std::uint8_t* bytes) {
    T value;
    std::memcpy(&value, bytes, sizeof value);
    return value;
}
/// The number in four bytes, big-endian.
inline std::uint32_t big_endian(const std::uint8_t* bytes) {
    return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

}  // namespace ncsn
