// SPDX-License-Identifier: Apache-2.0
/// \file  For tests of file formats: a folder of their own, and damaged copies of a good file.
#pragma once

#include <ncsn/arithmetic/error.hpp>
#include <ncsn/arithmetic/philox.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace ncsn {

/// A new folder that goes away with the object.
struct scratch_folder {
    std::filesystem::path path;

    scratch_folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "ncsn-test-XXXXXX").string();
        require(mkdtemp(pattern.data()) != nullptr, "scratch_folder: cannot make ", pattern);
        path = pattern;
    }
    scratch_folder(const scratch_folder&) = delete;
    ~scratch_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    std::filesystem::path operator/(const std::string& name) const { return path / name; }
    /// How many files are in it, temporaries included.
    std::ptrdiff_t count() const { return std::distance(std::filesystem::directory_iterator{path}, std::filesystem::directory_iterator{}); }
};

inline std::string read_text(const std::filesystem::path& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}
inline void write_text(const std::filesystem::path& path, const std::string& content) {
    std::ofstream out{path, std::ios::binary};
    out << content;
}

/// The message of the ncsn::error that f throws; "" if it throws none.
template <class F> std::string message_of(F f) {
    try {
        f();
    } catch (const error& reason) {
        return reason.what();
    }
    return {};
}

/// What became of damaged files.
struct damage_report {
    int loaded = 0, refused = 0, other = 0;  ///< no exception, ncsn::error, anything else
    std::string first_other;
};

/// Calls load(path) on `count` copies of `good` with bytes replaced, bits flipped, pieces cut out, doubled or cut off; always the same ones.
/// The first `head` bytes, where the format's header is, are hit in three of four copies.
template <class F> damage_report load_damaged(const std::string& good, std::size_t head, int count, const std::filesystem::path& path, F load) {
    damage_report report;
    philox rng{2019};
    for (int copy = 0; copy < count; ++copy, ++rng.draw) {
        std::string bad = good;
        std::uint64_t next = 0;
        const auto pick = [&](std::size_t bound) { return bound == 0 ? 0 : rng.word(next++) % bound; };
        const auto place = [&] { return pick(pick(4) != 0 ? std::min(head, bad.size()) : bad.size()); };
        for (std::size_t changes = 1 + pick(3); changes > 0 && !bad.empty(); --changes) {
            const std::size_t at = place();
            switch (pick(8)) {
                case 0:
                case 1: bad[at] = static_cast<char>(bad[at] ^ (1 << pick(8))); break;
                case 2: bad[at] = static_cast<char>(pick(256)); break;
                case 3: bad[at] = '\xff'; break;
                case 4: bad[at] = "0123456789[]{}(),:\"' -e.\\"[pick(25)]; break;
                case 5: bad.resize(at); break;
                case 6: bad.erase(at, 1 + pick(8)); break;
                default: bad.insert(at, bad.substr(at, 1 + pick(16)));
            }
        }
        std::filesystem::remove(path);                                              // some file systems flush a file that is rewritten
        write_text(path, bad);
        try {
            load(path);
            ++report.loaded;
        } catch (const error&) {
            ++report.refused;
        } catch (const std::exception& reason) {
            if (report.other++ == 0) report.first_other = "copy " + std::to_string(copy) + ": " + reason.what();
        }
    }
    return report;
}

}  // namespace ncsn
