// SPDX-License-Identifier: Apache-2.0
/// \file  A file of many images that is written as they come, and goes on where it was cut off.
#pragma once

#include <ncsn/arrays/files/json_values.hpp>
#include <ncsn/arrays/files/npy.hpp>

#include "common.hpp"

#include <sys/file.h>

namespace ncsn {

/// Size and time of a file, by which a process tells whether it is the one that an earlier process read.
inline json identity_of(const std::filesystem::path& file) {
    return {std::filesystem::file_size(file), std::filesystem::last_write_time(file).time_since_epoch().count()};
}

/// What to do with images that an earlier process wrote: go on after them, or where they are not of the same settings begin anew (--force).
enum class begun { go_on, go_on_or_anew };

/// A .npy file of images under way: FILE.partial holds those so far, and FILE.progress says what of and how many of them are surely on the disk. The
/// next process that writes the same continues after them.
template <class T> class packed_file {
public:
    /// `about`: whatever the images depend on. The first `axes` extents of `all` count images, all others are those of one.
    packed_file(const std::filesystem::path& out, const shape& all, json about, begun earlier, std::size_t axes = 1)
        : out_{out}, partial_{out.string() + ".partial"}, progress_{progress_of(out)}, about_{std::move(about)} {
        (void)extent_of("--out", all.size(), sizeof(T), 0);
        std::size_t count = 1;
        for (std::size_t axis = 0; axis < axes; ++axis) count *= all[axis];
        require(count > 0 && all.size() > 0, "--out ", out_, ": ", all, "; one image or more was expected");
        for (const std::size_t extent : all) extents_.push_back(extent);
        row_ = all.size() / count * sizeof(T);
        const std::string head = npy_preamble(npy_type<T>, all);
        descriptor_.number = ::open(partial_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        check(descriptor_.number >= 0);
        require(::flock(descriptor_.number, LOCK_EX | LOCK_NB) == 0, "--out ", out_, ": another process is writing it");
        struct stat found;
        check(::fstat(descriptor_.number, &found) == 0);
        if (found.st_size > 0) resume(head.size(), static_cast<std::uint64_t>(found.st_size), earlier);
        if (done_ == 0) forget();                                                   // before there is anything else that it could be taken to tell of
        check(::ftruncate(descriptor_.number, done_ == 0 ? 0 : static_cast<off_t>(head.size() + done_ * row_)) == 0);
        check(::lseek(descriptor_.number, 0, SEEK_END) >= 0);
        const std::uint64_t needed = (count - std::min(count, done_)) * row_;
        std::error_code unknown;
        const auto space = std::filesystem::space(partial_, unknown);
        if (!unknown && space.available < needed && done_ == 0) ::unlink(partial_.c_str());
        require(unknown || space.available >= needed, "--out ", out_, ": ", needed, " bytes are needed and ", space.available, " are free; ",
                remedy(ENOSPC));
        if (done_ == 0) write(head.data(), head.size());
    }
    packed_file(const packed_file&) = delete;
    ~packed_file() {
        if (done_ == 0 && !committed_) {                                            // nothing to go on from
            forget();
            ::unlink(partial_.c_str());
        }
    }

    std::size_t done() const { return done_; }
    const std::filesystem::path& partial() const { return partial_; }               ///< a whole .npy file when all are done
    void append(const tensor<T, cpu>& images) {
        write(images.data(), images.size() * sizeof(T));
        done_ += images.size() * sizeof(T) / row_;
        if (since_kept_.seconds() > 2) keep();
    }
    /// What is done survives whatever comes.
    void keep() {
        check(::fsync(descriptor_.number) == 0);
        save_json(progress_, {{"of", about_}, {"extents", extents_}, {"done", done_}});
        since_kept_ = {};
    }
    void commit() {
        check(::fsync(descriptor_.number) == 0 && ::rename(partial_.c_str(), out_.c_str()) == 0);
        committed_ = true;
        forget();
    }
    /// Removes what a process that was killed at the end of commit() has left beside the whole file.
    static void tidy(const std::filesystem::path& out) {
        std::error_code ignored;
        if (std::filesystem::exists(out, ignored) && !std::filesystem::exists(out.string() + ".partial", ignored)) ncsn::forget(progress_of(out));
    }

private:
    static std::filesystem::path progress_of(const std::filesystem::path& out) { return out.string() + ".progress"; }

    struct descriptor {                                                             // closed, and its lock with it, also where the constructor throws
        int number = -1;
        ~descriptor() { if (number >= 0) ::close(number); }
    };

    void resume(std::size_t head, std::uint64_t size, begun earlier) {
        std::error_code ignored;
        if (!std::filesystem::exists(progress_, ignored)) return;                   // killed before the first images were kept
        json kept;
        try {
            kept = parse_json(read_file(progress_), progress_.string());
            done_ = number_of<std::size_t>(kept.at("done"), progress_.string(), "done");
        } catch (const std::exception& reason) {
            if (earlier == begun::go_on_or_anew) return;
            fail("--out ", out_, ": what ", partial_, " has cannot be told (", reason.what(), "); remove it, or begin anew with --force");
        }
        const json of = kept.value("of", json{}), extents = kept.value("extents", json{});
        if ((of != about_ || extents != extents_) && earlier == begun::go_on_or_anew) done_ = 0;
        else require(of == about_ && extents == extents_, "--out ", out_, ": ", partial_, " was begun with other images or settings, ", of, ' ',
                extents.dump(), " and not ", about_, ' ', extents_.dump(), "; finish it with those, remove it, or begin anew with --force");
        const auto whole = static_cast<std::size_t>((size - std::min<std::uint64_t>(size, head)) / row_);
        done_ = std::min(done_, whole);
    }
    void forget() const { ncsn::forget(progress_); }
    void write(const void* bytes, std::size_t count) {
        for (const char* from = static_cast<const char*>(bytes); count > 0;) {
            const ssize_t written = ::write(descriptor_.number, from, count);
            if (written < 0 && errno == EINTR) continue;
            check(written > 0);
            from += written;
            count -= static_cast<std::size_t>(written);
        }
    }
    void check(bool good) const {
        if (const int reason = errno; !good) fail("write ", partial_, ": ", std::strerror(reason), "; ", remedy(reason));
    }

    std::filesystem::path out_, partial_, progress_;
    json about_, extents_ = json::array();
    std::size_t row_ = 0, done_ = 0;                                                // bytes of an image; images
    descriptor descriptor_;
    bool committed_ = false;
    stopwatch since_kept_;
};

}  // namespace ncsn
