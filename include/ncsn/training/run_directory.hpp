// SPDX-License-Identifier: Apache-2.0
/// \file  The folder of a run: config.json, environment.json, metrics.jsonl, checkpoints/, samples/, figures/, and DONE at the end.
#pragma once

#include <ncsn/arrays/files/json_values.hpp>
#include <ncsn/arrays/files/read_file.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <string>

#include <sys/file.h>

namespace ncsn {

/// What to do with a folder that already holds a run.
enum class existing_run { refuse, resume, replace };

/// A run's folder, held by one process at a time.
class run_directory {
public:
    explicit run_directory(std::filesystem::path path, existing_run existing = existing_run::refuse) : path_{std::move(path)} {
        namespace fs = std::filesystem;
        std::error_code reason;
        const bool there = fs::exists(path_, reason), run = fs::exists(path_ / "config.json", reason);
        require(!there || fs::is_directory(path_, reason), "run ", path_, ": is not a folder; choose another name");
        require(existing != existing_run::resume || run, "run ", path_,
                ": there is no run to resume (no config.json); check the name, or start without --resume");
        require(!run || existing != existing_run::refuse, "run ", path_, ": holds a run already", done() ? "" : " that is not finished",
                "; continue it with --resume, replace it with --force, or choose another name");
        for (const auto& entry : there && !run ? fs::directory_iterator{path_, reason} : fs::directory_iterator{})
            require(std::find(parts.begin(), parts.end(), entry.path().filename()) != parts.end(), "run ", path_, ": holds ", entry.path().filename(),
                    " and no run; choose a new folder");
        for (const char* part : parts) {
            fs::create_directories(path_ / part, reason);
            require(!reason, "run ", path_, ": cannot make the folder ", part, " (", reason.message(), "); ", remedy(reason.value()));
        }
        lock_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (lock_ >= 0 && ::flock(lock_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
            ::close(lock_);
            fail("run ", path_, ": another process is working on it; wait for it or choose another name");
        }
        if (existing == existing_run::replace) {
            for (const char* file : {"config.json", "environment.json", "metrics.jsonl", "weights.safetensors", "DONE"})
                fs::remove(path_ / file, reason);
            for (const char* part : parts) {
                fs::remove_all(path_ / part, reason);
                fs::create_directories(path_ / part, reason);
            }
        }
    }
    run_directory(const run_directory&) = delete;
    run_directory& operator=(const run_directory&) = delete;
    ~run_directory() {
        if (lock_ >= 0) ::close(lock_);
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
    void write_json(const std::string& name, const nlohmann::ordered_json& value) const { write(name, value.dump(2) + '\n'); }
    nlohmann::ordered_json read_json(const std::string& name) const {
        const auto bytes = read_file(path_ / name);
        try {
            return parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, name);
        } catch (const error& reason) {
            fail("run ", path_, ": ", reason.what(), "; restore it or start a new run");
        }
    }

private:
    static constexpr std::array<const char*, 3> parts{"checkpoints", "samples", "figures"};
    std::filesystem::path path_;
    int lock_ = -1;
};

/// metrics.jsonl: one JSON object a line, each with its "step". A line is written at once and reaches the file whole or not at all.
class metrics_file {
public:
    /// Continues a file after `step`: later lines, from a session that went on after its last checkpoint, and half a line are dropped.
    metrics_file(const std::filesystem::path& path, std::size_t step) : path_{path} {
        std::error_code ignored;
        std::string kept;
        if (std::filesystem::exists(path, ignored)) {
            std::ifstream old{path};
            for (std::string line; std::getline(old, line);) {
                const auto entry = nlohmann::json::parse(line, nullptr, false);
                if (entry.is_object() && entry.contains("step") && entry["step"].is_number_unsigned() && entry["step"] <= step) kept += line + '\n';
            }
        }
        save_text(path, kept);
        descriptor_ = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
        require(descriptor_ >= 0, "metrics ", path, ": ", std::strerror(errno));
    }
    metrics_file(const metrics_file&) = delete;
    metrics_file& operator=(const metrics_file&) = delete;
    ~metrics_file() { ::close(descriptor_); }

    void add(const nlohmann::ordered_json& entry) const {
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
