// SPDX-License-Identifier: Apache-2.0
/// \file  A file of many images that is written as they come, and goes on where it was cut off.
#pragma once

#include <ncsn/arrays/files/json_values.hpp>
#include <ncsn/arrays/files/npy.hpp>

#include "common.hpp"

#include <zlib.h>

#include <initializer_list>
#include <numeric>

#include <sys/file.h>

namespace ncsn {

/// Size and time of a file, by which a process tells whether it is the one that an earlier process read.
inline json identity_of(const std::filesystem::path& file) {
    return {std::filesystem::file_size(file), std::filesystem::last_write_time(file).time_since_epoch().count()};
}

/// What to do with images that an earlier process wrote: go on after them, or where they are not of the same settings begin anew (--force).
enum class begun { go_on, go_on_or_anew };

/// A file of rows under way: FILE.partial holds those so far where the whole file will have them, and FILE.progress says what of and how many of them
/// are surely on the disk. The next process that writes the same continues after them.
class rows_file {
public:
    /// After `head` come `count` rows of sections[0] bytes each, then as many of sections[1], and so on: a row has a part in every section. `about`:
    /// whatever the rows depend on; `extents`: those of the whole.
    rows_file(const std::filesystem::path& out, const std::string& head, std::size_t count, std::vector<std::size_t> sections, json about,
              json extents, begun earlier)
        : out_{out}, partial_{out.string() + ".partial"}, progress_{progress_of(out)}, about_{std::move(about)}, extents_{std::move(extents)},
          head_{head.size()}, count_{count}, sections_{std::move(sections)} {
        descriptor_.number = ::open(partial_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
        struct stat found;
        const bool refused = descriptor_.number < 0 && errno == ELOOP;              // a link, where no process of ours leaves one
        check(descriptor_.number >= 0 || refused);
        require(!refused && ::fstat(descriptor_.number, &found) == 0 && S_ISREG(found.st_mode), "--out ", out_, ": ", partial_,
                " is not a regular file, in which the rows so far would be; remove it or choose another name");
        require(::flock(descriptor_.number, LOCK_EX | LOCK_NB) == 0, "--out ", out_, ": another process is writing it");
        struct stat named;                                                          // the other process may have given it its last name since
        require(::stat(partial_.c_str(), &named) == 0 && named.st_dev == found.st_dev && named.st_ino == found.st_ino, "--out ", out_,
                ": another process has just finished it");
        check(::fstat(descriptor_.number, &found) == 0);                            // nobody changes it any more
        if (found.st_size > 0) resume(static_cast<std::uint64_t>(found.st_size), earlier);
        if (done_ == 0) forget();                                                   // before there is anything else that it could be taken to tell of
        check(::ftruncate(descriptor_.number, done_ == 0 ? 0 : static_cast<off_t>(begin_of(sections_.size() - 1) + done_ * sections_.back())) == 0);
        const std::uint64_t needed = (count_ - std::min(count_, done_)) * std::accumulate(sections_.begin(), sections_.end(), std::size_t{0});
        std::error_code unknown;
        const auto space = std::filesystem::space(partial_, unknown);
        if (!unknown && space.available < needed && done_ == 0) ::unlink(partial_.c_str());
        require(unknown || space.available >= needed, "--out ", out_, ": ", needed, " bytes are needed and ", space.available, " are free; ",
                remedy(ENOSPC));
        if (done_ == 0) write(0, head.data(), head.size());
    }
    rows_file(const rows_file&) = delete;
    ~rows_file() {
        if (done_ == 0 && !committed_) {                                            // nothing to go on from
            forget();
            ::unlink(partial_.c_str());
        }
    }

    std::size_t done() const { return done_; }
    const std::filesystem::path& partial() const { return partial_; }               ///< the whole file when all are done
    /// So many rows more, by what they have in each section.
    void append(std::size_t rows, std::initializer_list<const void*> parts) {
        require(parts.size() == sections_.size(), "rows of ", sections_.size(), " parts: ", parts.size(), " parts were given");
        std::size_t section = 0;
        for (const void* const part : parts) {
            write(begin_of(section) + done_ * sections_[section], part, rows * sections_[section]);
            ++section;
        }
        done_ += rows;
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

    std::size_t begin_of(std::size_t section) const {
        return head_ + count_ * std::accumulate(sections_.begin(), sections_.begin() + static_cast<std::ptrdiff_t>(section), std::size_t{0});
    }
    void resume(std::uint64_t size, begun earlier) {
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
        done_ = std::min(done_, count_);
        for (std::size_t k = 0; k < sections_.size(); ++k)                          // no more than are there whole
            done_ = std::min<std::size_t>(done_, (size - std::min<std::uint64_t>(size, begin_of(k))) / sections_[k]);
    }
    void forget() const { ncsn::forget(progress_); }
    void write(std::size_t at, const void* bytes, std::size_t count) {
        for (const char* from = static_cast<const char*>(bytes); count > 0;) {
            const ssize_t written = ::pwrite(descriptor_.number, from, count, static_cast<off_t>(at));
            if (written < 0 && errno == EINTR) continue;
            check(written > 0);
            from += written;
            at += static_cast<std::size_t>(written);
            count -= static_cast<std::size_t>(written);
        }
    }
    void check(bool good) const {
        if (const int reason = errno; !good) fail("write ", partial_, ": ", std::strerror(reason), "; ", remedy(reason));
    }

    std::filesystem::path out_, partial_, progress_;
    json about_, extents_;
    std::size_t head_, count_, done_ = 0;                                           // bytes before all rows; rows
    std::vector<std::size_t> sections_;                                             // bytes of a row there
    descriptor descriptor_;
    bool committed_ = false;
    stopwatch since_kept_;
};

/// A .npy file of images under way.
template <class T> class packed_file : public rows_file {
public:
    /// The first `axes` extents of `all` count images, all others are those of one.
    packed_file(const std::filesystem::path& out, const shape& all, json about, begun earlier, std::size_t axes = 1)
        : packed_file{out, all, counted(out, all, axes), std::move(about), earlier} {}

    void append(const tensor<T, cpu>& images) { rows_file::append(images.size() * sizeof(T) / row_, {images.data()}); }

private:
    packed_file(const std::filesystem::path& out, const shape& all, std::size_t count, json about, begun earlier)
        : rows_file{out, npy_preamble(npy_type<T>, all), count, {all.size() / count * sizeof(T)}, std::move(about),
                    json(std::vector<std::size_t>(all.begin(), all.end())), earlier},
          row_{all.size() / count * sizeof(T)} {}
    /// Images of which there is one or more, and memory for.
    static std::size_t counted(const std::filesystem::path& out, const shape& all, std::size_t axes) {
        (void)extent_of("--out", all.size(), sizeof(T), 0);
        std::size_t count = 1;
        for (std::size_t axis = 0; axis < axes; ++axis) count *= all[axis];
        require(count > 0 && all.size() > 0, "--out ", out, ": ", all, "; one image or more was expected");
        return count;
    }

    std::size_t row_;
};

/// A .safetensors file of rows under way: each of its tensors [N, ...] of floats has a part of every row.
class tensors_file : public rows_file {
public:
    using named_row = std::pair<const char*, shape>;                                ///< a tensor's name, and the extents [1, ...] of a row of it

    tensors_file(const std::filesystem::path& out, std::size_t count, const std::vector<named_row>& rows, const json& metadata, json about,
                 begun earlier)
        : rows_file{out, preamble(entries_of(count, rows), metadata), count, sizes_of(rows), std::move(about), entries_of(count, rows), earlier} {}

private:
    static json entries_of(std::size_t count, const std::vector<named_row>& rows) {
        require(count > 0, "--out: rows of no image; one or more were expected");
        json header = json::object();
        std::size_t begin = 0;
        for (const auto& [name, row] : rows) {
            const shape all = row.with_rows(count);
            const std::size_t end = begin + all.size() * sizeof(float);
            header[name] = {{"dtype", "F32"}, {"shape", std::vector<std::size_t>(all.begin(), all.end())}, {"data_offsets", {begin, end}}};
            begin = end;
        }
        return header;
    }
    static std::string preamble(json header, const json& metadata) {
        header["__metadata__"] = metadata;
        std::string text = header.dump();
        text.append((8 - text.size() % 8) % 8, ' ');
        const std::uint64_t length = text.size();
        return std::string(reinterpret_cast<const char*>(&length), sizeof length) + text;
    }
    static std::vector<std::size_t> sizes_of(const std::vector<named_row>& rows) {
        std::vector<std::size_t> sizes;
        for (const auto& row : rows) sizes.push_back(row.second.size() * sizeof(float));
        return sizes;
    }
};

/// Makes a folder for rows, the first of the results, which are there when everything is, and for the result, the second, that is made of them. One
/// that has either is refused unless they may be replaced; where rows are under way they are gone on with.
inline void make_folder_of_rows(const std::filesystem::path& folder, std::initializer_list<const char*> results, bool replace) {
    const std::filesystem::path rows = folder / results.begin()[0];
    rows_file::tidy(rows);
    std::error_code ignored;
    const bool under_way = std::filesystem::exists(rows.string() + ".partial", ignored);
    require(replace || under_way || !std::filesystem::exists(folder / results.begin()[1], ignored), "--out ", folder, ": holds ", results.begin()[1],
            " already; use --force to replace it, or choose another folder");
    make_folder(folder, results, replace);
}

/// What distinguishes images from others: so many of them, spread over the set, for all would be read twice.
std::uint32_t fingerprint_of(const auto& data) {
    constexpr std::size_t looked_at = 64;
    std::uint32_t found = 0;
    for (std::size_t i = 0; i < std::min(looked_at, data.size()); ++i) {
        const std::size_t number = data.size() <= looked_at ? i : i * ((data.size() - 1) / (looked_at - 1));
        const host_array x = data.batch({&number, 1});
        found = static_cast<std::uint32_t>(crc32_z(found, reinterpret_cast<const Bytef*>(x.data()), x.size() * sizeof(float)));
    }
    return found;
}
/// The same of all its labels.
std::uint32_t fingerprint_of_labels(const auto& data) {
    const auto& labels = data.labels();
    return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(labels.data()), labels.size() * sizeof(labels[0])));
}

}  // namespace ncsn
