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

/// All bytes of a regular file. `hint` ends the message of a failure.
inline std::vector<std::uint8_t> read_file(const std::filesystem::path& path, const char* hint = "") {
    struct handle {
        int descriptor;
        ~handle() { if (descriptor >= 0) ::close(descriptor); }
    };
    const auto fail_because = [&](int reason) { fail("read ", path, ": ", std::strerror(reason), "; ", *hint ? hint : remedy(reason)); };
    const handle file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};     // a pipe must not make us wait before it is refused
    if (file.descriptor < 0) fail_because(errno);
    struct stat found;
    if (::fstat(file.descriptor, &found) != 0) fail_because(errno);
    if (S_ISDIR(found.st_mode)) fail_because(EISDIR);
    require(S_ISREG(found.st_mode), "read ", path, ": not a regular file; copy its content to one first");
    std::vector<std::uint8_t> bytes;
    try {
        bytes.resize(static_cast<std::size_t>(found.st_size));
    } catch (const std::exception&) {
        fail("read ", path, ": ", found.st_size, " bytes do not fit in memory; is it the right file?");
    }
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t count = ::read(file.descriptor, bytes.data() + done, bytes.size() - done);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail_because(errno);
        require(count > 0, "read ", path, ": ended after ", done, " of ", bytes.size(), " bytes; is somebody writing to it?");
        done += static_cast<std::size_t>(count);
    }
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
