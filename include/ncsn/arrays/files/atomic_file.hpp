// SPDX-License-Identifier: Apache-2.0
/// \file  Writing a file so that its name never stands for half of it.
#pragma once

#include <ncsn/arithmetic/error.hpp>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ncsn {

/// What to do about a failed system call.
inline const char* remedy(int reason) {
    switch (reason) {
        case ENOSPC:
        case EDQUOT: return "free some space or choose another folder";
        case EFBIG: return "the limit on file sizes is lower than this file: see ulimit -f";
        case ENOENT:
        case ENOTDIR: return "check the path; its folder must exist";
        case EACCES:
        case EPERM:
        case EROFS: return "check the permissions or choose another folder";
        case EISDIR: return "this is a folder; name a file in it";
        case EMFILE:
        case ENFILE: return "too many files are open: see ulimit -n";
        default: return "check the device that holds it";
    }
}

/// A file being written: to a temporary in the same folder, which commit() flushes to the device and renames. Whoever reads the path sees
/// the old content or the new, also after a crash. Without commit(), or after a failure, the temporary is removed and the path untouched.
/// (A write beyond `ulimit -f` reaches this code only where the program ignores SIGXFSZ.)
class atomic_file {
public:
    explicit atomic_file(std::filesystem::path path) : path_{std::move(path)} {
        std::error_code ignored;
        if (std::filesystem::is_symlink(path_, ignored)) {                          // write where the link leads, and keep the link
            const auto target = std::filesystem::weakly_canonical(path_, ignored);
            if (!ignored) path_ = target;
        }
        struct stat found;
        require(::stat(path_.c_str(), &found) != 0 || S_ISREG(found.st_mode), "write ", path_,
                ": exists and is not a regular file; name a new file or one that may be replaced");
        static std::atomic<unsigned> count{0};
        temporary_ = path_;
        temporary_ += ".partial-" + std::to_string(::getpid()) + "-" + std::to_string(count++);
        descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor_ < 0) fail_because(errno);
    }
    atomic_file(const atomic_file&) = delete;
    atomic_file& operator=(const atomic_file&) = delete;
    ~atomic_file() { discard(); }

    void write(const void* bytes, std::size_t count) {
        require(descriptor_ >= 0, "write ", path_, ": the file was committed or failed before; open a new one");
        for (const char* from = static_cast<const char*>(bytes); count > 0;) {
            const ssize_t written = ::write(descriptor_, from, count);
            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) fail_because(written == 0 ? ENOSPC : errno);
            from += written;
            count -= static_cast<std::size_t>(written);
        }
    }
    void write(std::string_view text) { write(text.data(), text.size()); }

    /// Makes the file appear under its name.
    void commit() {
        require(descriptor_ >= 0, "write ", path_, ": the file was committed or failed before; open a new one");
        if (::fsync(descriptor_) != 0 && errno != EINVAL && errno != ENOTSUP) fail_because(errno);   // some file systems cannot, and say so
        const int closed = ::close(std::exchange(descriptor_, -1));
        if (closed != 0) fail_because(errno);
        if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail_because(errno);
        temporary_.clear();
        const auto folder = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path{"."};
        if (const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); handle >= 0) {   // the new name survives a crash
            ::fsync(handle);
            ::close(handle);
        }
    }

private:
    void discard() noexcept {
        if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
        if (!temporary_.empty()) ::unlink(temporary_.c_str());
        temporary_.clear();
    }
    [[noreturn]] void fail_because(int reason) {
        if (descriptor_ < 0 && reason == EEXIST) temporary_.clear();                // somebody else's file
        discard();
        fail("write ", path_, ": ", std::strerror(reason), "; ", remedy(reason), "; nothing was written under this name");
    }

    std::filesystem::path path_, temporary_;
    int descriptor_ = -1;
};

/// Writes a file with this content; atomic.
inline void save_text(const std::filesystem::path& path, std::string_view text) {
    atomic_file file{path};
    file.write(text);
    file.commit();
}

}  // namespace ncsn
