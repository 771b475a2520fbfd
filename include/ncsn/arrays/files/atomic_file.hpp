// SPDX-License-Identifier: Apache-2.0
/// \file  Writing a file so that its name never stands for half of it.
#pragma once

#include <ncsn/arithmetic/error.hpp>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
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

/// A file being written: to PATH.writing in the same folder, which commit() flushes to the device and renames. Whoever reads the path sees
/// the old content or the new, also after a crash. Without commit(), or after a failure, the temporary is removed and the path untouched; what a
/// killed process left of it the next writer of the same path takes over.
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
        if (!take(".writing"))                                                      // somebody else writes the same file now, or it is no file
            for (unsigned count = 0; !take(".writing-" + std::to_string(count)); ++count)
                if (count == most_writers) fail_because(EBUSY);
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
        if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail_because(errno);   // before the lock goes: nobody else takes it for left over
        temporary_.clear();
        if (::close(std::exchange(descriptor_, -1)) != 0)
            fail("write ", path_, ": ", std::strerror(errno), "; ", remedy(errno), "; the file was replaced and may be damaged");
        const auto folder = folder_of(path_);
        if (const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); handle >= 0) {   // the new name survives a crash
            ::fsync(handle);
            ::close(handle);
        }
    }

private:
    static constexpr unsigned most_writers = 100;

    static std::filesystem::path folder_of(const std::filesystem::path& path) { return path.has_parent_path() ? path.parent_path() : "."; }

    /// Opens and locks path + suffix: what a killed process left there is taken over, what a living one has is left alone (false).
    bool take(const std::string& suffix) {
        const std::filesystem::path name{path_.native() + suffix};
        while (true) {
            constexpr int flags = O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
            int descriptor = ::open(name.c_str(), flags | O_CREAT | O_EXCL, 0666);
            const bool made = descriptor >= 0;
            if (!made && errno == EEXIST) descriptor = ::open(name.c_str(), flags);
            if (descriptor < 0 && errno == ENOENT && ::access(folder_of(path_).c_str(), F_OK) == 0) continue;   // gone in between
            if (descriptor < 0 && (errno == EISDIR || errno == ELOOP || errno == ENXIO)) return false;
            if (descriptor < 0 && (errno == EACCES || errno == EPERM) && ::access(name.c_str(), F_OK) == 0) return false;   // left by another user
            if (descriptor < 0) fail_because(errno);
            struct stat opened, named;
            const bool regular = ::fstat(descriptor, &opened) == 0 && S_ISREG(opened.st_mode);
            const bool locked = regular && ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
            const bool free = locked || (made && errno != EWOULDBLOCK);             // where locks are unknown a name that nobody had is free
            const bool renamed = free && (::stat(name.c_str(), &named) != 0 || named.st_ino != opened.st_ino || named.st_dev != opened.st_dev);
            if (free && !renamed && ::ftruncate(descriptor, 0) == 0) {
                descriptor_ = descriptor;
                temporary_ = name;
                return true;
            }
            const int reason = errno;
            ::close(descriptor);
            if (free && !renamed) fail_because(reason);
            if (!renamed) return false;                                             // else its writer has just finished: once more
        }
    }
    void discard() noexcept {
        if (!temporary_.empty()) ::unlink(temporary_.c_str());                      // while it is locked
        if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
        temporary_.clear();
    }
    [[noreturn]] void fail_because(int reason) {
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
