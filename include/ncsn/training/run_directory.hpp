// SPDX-License-Identifier: Apache-2.0
/// \file  The folder of a run: config.json, environment.json, metrics.jsonl, checkpoints/, samples/, figures/, and DONE at the end.
#pragma once

#include <ncsn/arrays/files/json_values.hpp>
#include <ncsn/arrays/files/read_file.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/file.h>

namespace ncsn {

/// What to do with a folder that already holds a run.
enum class existing_run { refuse, resume, replace };

/// A run's folder, held by one process at a time. A run that is replaced lies in .replaced until keep() says that the new one works; before that it
/// comes back, whether the new one failed or was killed. Whatever instant a process is killed at, the folder can be opened again as before.
class run_directory {
public:
    explicit run_directory(std::filesystem::path path, existing_run existing = existing_run::refuse) : path_{std::move(path)} {
        namespace fs = std::filesystem;
        std::error_code reason;
        const bool there = fs::exists(path_, reason);
        require(!there || fs::is_directory(path_, reason), "run ", path_, ": is not a folder; choose another name");
        const bool known = there && (holds_run() || fs::exists(path_ / replaced, reason));
        require(existing != existing_run::resume || known, "run ", path_,
                ": there is no run to resume (no config.json); check the name, or start without --resume");
        for (const auto& entry : there && !known ? fs::directory_iterator{path_, reason} : fs::directory_iterator{})
            require(is_ours(entry.path()), "run ", path_, ": holds ", entry.path().filename(), " and no run; choose a new folder");
        make_parts();
        lock_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (lock_ >= 0 && ::flock(lock_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
            ::close(lock_);
            fail("run ", path_, ": another process is working on it; wait for it or choose another name");
        }
        try {
            if (fs::exists(path_ / replaced, reason)) put_back();
            require(existing != existing_run::refuse || !holds_run(), "run ", path_, ": holds a run already", done() ? "" : " that is not finished",
                    "; continue it with --resume, replace it with --force, or choose another name");
            require(existing != existing_run::resume || holds_run(), "run ", path_, ": there is no run to resume (no config.json)");
            remove_leftovers();
            if (existing == existing_run::replace && holds_run()) put_aside();
        } catch (...) {
            if (lock_ >= 0) ::close(lock_);
            throw;
        }
    }
    run_directory(const run_directory&) = delete;
    run_directory& operator=(const run_directory&) = delete;
    ~run_directory() {
        if (replacing_) {
            try {
                put_back();
            } catch (const std::exception&) {                                       // the next process that opens the folder will
            }
        }
        if (lock_ >= 0) ::close(lock_);
    }
    /// Whether what this run replaces is still there.
    bool replaces() const { return replacing_; }
    /// The run works: what it replaced goes. To be called after its first step, or where there is nothing to be done.
    void keep() {
        if (!replacing_) return;
        const auto old = path_ / replaced, gone = path_ / discarded;
        std::error_code reason;
        std::filesystem::rename(old, gone, reason);                                 // at once; what follows may be cut off
        require(!reason, "run ", path_, ": cannot remove ", replaced, " (", reason.message(), "); ", remedy(reason.value()));
        replacing_ = false;
        std::filesystem::remove_all(gone, reason);
    }

    /// Where the run of a folder is that is known to work: one that was being replaced when its process was killed is still there.
    static std::filesystem::path working(const std::filesystem::path& path) {
        std::error_code ignored;
        return std::filesystem::exists(path / replaced / complete, ignored) ? path / replaced : path;
    }

    /// The path of something in the folder.
    std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }
    bool done() const {
        std::error_code ignored;
        return std::filesystem::exists(path_ / "DONE", ignored);
    }
    /// Takes the mark away, when everything has been checked and steps will follow: until then a complete run that is resumed stays complete.
    void begin() const {
        std::error_code reason;
        std::filesystem::remove(path_ / "DONE", reason);
        require(!reason, "run ", path_, ": cannot remove DONE (", reason.message(), "); ", remedy(reason.value()));
    }
    /// Marks the run as complete.
    void finish() const { write("DONE", ""); }

    void write(const std::string& name, std::string_view text) const { save_text(path_ / name, text); }
    /// (What is JSON here is a template for the sake of those who include this and do not call it: a parser costs them a quarter of a second.)
    template <class Json = nlohmann::ordered_json> void write_json(const std::string& name, const Json& value) const {
        write(name, value.dump(2) + '\n');
    }
    template <class Json = nlohmann::ordered_json> Json read_json(const std::string& name) const {
        const auto bytes = read_file(path_ / name);
        try {
            return parse_json<Json>(bytes, name);
        } catch (const error& reason) {
            fail("run ", path_, ": ", reason.what(), "; restore it or start a new run");
        }
    }

private:
    static constexpr std::array<const char*, 3> parts{"checkpoints", "samples", "figures"};
    static constexpr std::array<const char*, 5> files{"config.json", "environment.json", "metrics.jsonl", "weights.safetensors", "DONE"};
    static constexpr const char *replaced = ".replaced", *discarded = ".discarded", *complete = "complete";

    bool holds_run() const {
        std::error_code ignored;
        return std::filesystem::exists(path_ / "config.json", ignored);
    }
    /// The name of a file under way: NAME.writing, NAME.writing-N, and NAME.partial-PID-N of earlier versions.
    static bool is_leftover(const std::filesystem::path& path) {
        const std::string name = path.filename();
        const auto ends_with = [&name](const char* mark, std::size_t numbers) {     // then so many numbers, each after a "-"
            const std::size_t at = name.rfind(mark);
            if (at == name.npos || at == 0) return false;
            const std::string rest = name.substr(at + std::strlen(mark));
            return rest.find_first_not_of("-0123456789") == rest.npos && static_cast<std::size_t>(std::ranges::count(rest, '-')) <= numbers;
        };
        return ends_with(".writing", 1) || ends_with(".partial", 2);
    }
    /// Removes it, unless a living process has it locked.
    static void remove_leftover(const std::filesystem::path& path) {
        const int descriptor = ::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
        if (descriptor < 0) return;
        if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) ::unlink(path.c_str());
        ::close(descriptor);
    }
    static bool is_ours(const std::filesystem::path& path) {
        const std::string name = path.filename();
        const auto is_name = [&name](const char* known) { return name == known || (name.starts_with(known) && is_leftover(name)); };
        return name == discarded || std::any_of(parts.begin(), parts.end(), is_name) || std::any_of(files.begin(), files.end(), is_name);
    }
    void make_parts() const {
        std::error_code reason;
        for (const char* part : parts) {
            std::filesystem::create_directories(path_ / part, reason);
            require(!reason, "run ", path_, ": cannot make the folder ", part, " (", reason.message(), "); ", remedy(reason.value()));
        }
    }
    void remove_leftovers() const {
        namespace fs = std::filesystem;
        std::error_code ignored;
        fs::remove_all(path_ / discarded, ignored);
        std::vector<fs::path> left;
        for (const auto& folder : {path_, path_ / "checkpoints", path_ / "samples"})
            for (const auto& entry : fs::directory_iterator{folder, ignored})
                if (is_leftover(entry.path()) && entry.is_regular_file(ignored)) left.push_back(entry.path());
        for (const auto& file : left) remove_leftover(file);
    }
    template <class Names, class F> static void for_each_there(const std::filesystem::path& folder, const Names& names, const F& f) {
        std::error_code ignored;
        for (const char* name : names)
            if (std::filesystem::exists(folder / name, ignored)) f(name);
    }
    void move(const std::filesystem::path& from, const std::filesystem::path& to, const char* name) const {
        std::error_code reason;
        std::filesystem::remove_all(to / name, reason);
        std::filesystem::rename(from / name, to / name, reason);
        require(!reason, "run ", path_, ": cannot move ", name, " (", reason.message(), "); ", remedy(reason.value()));
    }
    /// The run as it is goes into .replaced. The mark there says that all of it has: what stands outside is then the new run's.
    void put_aside() {
        std::error_code reason;
        const auto old = path_ / replaced;
        std::filesystem::create_directories(old, reason);
        require(!reason, "run ", path_, ": cannot make the folder ", replaced, " (", reason.message(), "); ", remedy(reason.value()));
        replacing_ = true;
        const auto aside = [&](const char* name) { move(path_, old, name); };
        for_each_there(path_, parts, aside);
        for_each_there(path_, files, aside);
        save_text(old / complete, "");
        make_parts();
    }
    /// The run in .replaced comes back in place of one that is not known to work.
    void put_back() {
        std::error_code reason;
        const auto old = path_ / replaced;
        if (std::filesystem::exists(old / complete, reason)) {
            const auto away = [&](const char* name) { std::filesystem::remove_all(path_ / name, reason); };
            for_each_there(path_, files, away);
            for_each_there(path_, parts, away);
            std::filesystem::remove(old / complete, reason);                        // from here on what stands outside is the old run's
        }
        const auto back = [&](const char* name) { move(old, path_, name); };
        for_each_there(old, parts, back);
        for_each_there(old, files, back);
        std::filesystem::remove_all(old, reason);
        make_parts();
        replacing_ = false;
    }

    bool replacing_ = false;
    std::filesystem::path path_;
    int lock_ = -1;
};

/// f(line, entry, step) for the lines of a metrics.jsonl that are whole: JSON objects with the number of a "step". Longer ones than ours are none.
template <class Json = nlohmann::ordered_json> void each_metric(const std::filesystem::path& path, const auto& f) {
    constexpr std::size_t longest_line = 4096;
    std::ifstream file{path};
    std::array<char, longest_line + 1> line;
    while (file.getline(line.data(), line.size()) || file.gcount() > 0) {
        const bool whole = !file.fail();
        if (!whole) {                                                               // the line goes on
            file.clear();
            file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
        }
        const auto entry = whole ? Json::parse(line.data(), nullptr, false) : Json{};
        if (entry.is_object() && entry.contains("step") && entry["step"].is_number_unsigned())
            f(std::string_view{line.data()}, entry, entry["step"].template get<std::size_t>());
    }
}

/// metrics.jsonl: one JSON object a line, each with its "step". A line is written at once and reaches the file whole or not at all.
class metrics_file {
public:
    /// Continues a file after `step`: later lines, from a session that went on after its last checkpoint, and half a line are dropped.
    template <class Json = nlohmann::ordered_json> metrics_file(const std::filesystem::path& path, std::size_t step) : path_{path} {
        std::string kept;
        each_metric<Json>(path, [&](std::string_view line, const Json&, std::size_t of) {
            if (of <= step) kept.append(line) += '\n';
        });
        save_text(path, kept);
        descriptor_ = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
        require(descriptor_ >= 0, "metrics ", path, ": ", std::strerror(errno));
    }
    metrics_file(const metrics_file&) = delete;
    metrics_file& operator=(const metrics_file&) = delete;
    ~metrics_file() { ::close(descriptor_); }

    template <class Json = nlohmann::ordered_json> void add(const Json& entry) const {
        const std::string line = entry.dump() + '\n';
        const ssize_t written = ::write(descriptor_, line.data(), line.size());
        require(written == static_cast<ssize_t>(line.size()), "write ", path_, ": ", written < 0 ? std::strerror(errno) : "the disk is full", "; ",
                remedy(written < 0 ? errno : ENOSPC));
    }

private:
    std::filesystem::path path_;
    int descriptor_ = -1;
};

}  // namespace ncsn
