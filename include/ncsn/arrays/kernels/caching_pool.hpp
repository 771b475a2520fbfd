// SPDX-License-Identifier: Apache-2.0
/// \file  A pool of device memory that keeps what was freed, and the arenas of captured graphs.
#pragma once

#include <ncsn/arithmetic/error.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ncsn {

/// 1610612736 as "1.50 GiB".
inline std::string readable_bytes(std::size_t bytes) {
    static constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1024 && unit < 4) value /= 1024, ++unit;
    plain_text text;
    text.precision(unit == 0 ? 0 : 2);
    text << std::fixed << value << ' ' << units[unit];
    return text.str();
}

/// Blocks of the memory `M`, lent and taken back. Asking a driver for memory takes longer than most kernels, and a training step asks for the same
/// sizes again and again. Sizes are rounded up to an eighth of a power of two. All work of a device goes through one stream, so a block that was
/// given back can be lent at once: what still reads it comes before what will write it.
///     M::take(bytes)        a new block, or nullptr when there is none        M::give(block)      back to the driver
///     M::free_and_total()   what the driver says of the whole device          M::name             for messages
template <class M> class caching_pool {
public:
    /// Blocks that one captured graph works in. A replay writes them again at any time, so nothing else may live there: they are lent only while
    /// the graph is captured, and what was taken back meanwhile (which the graph reads) waits here until the graph is gone. Whoever replays the
    /// graph holds the arena; so does every tensor that still lies in it. Its blocks are unused ones of the pool, and go back there in the end: a
    /// sampler captures once a level, and should not ask the driver each time.
    class arena {
    public:
        explicit arena(caching_pool& pool) : pool_{&pool} {}
        arena(const arena&) = delete;
        arena& operator=(const arena&) = delete;
        ~arena() { pool_->dissolve(*this); }

    private:
        friend caching_pool;
        caching_pool* pool_;
        std::map<std::size_t, std::vector<void*>> free_;
        std::vector<std::pair<void*, std::size_t>> parked_;                         // blocks of the pool that the graph still reads
    };

    void* allocate(std::size_t bytes) {
        const std::lock_guard lock{mutex_};
        const std::size_t size = rounded(bytes);
        void* const used_before = capturing_ ? taken_from(capturing_->free_[size], size) : nullptr;
        void* const block = lent(used_before, bytes);
        if (capturing_) owner_.emplace(block, capturing_);
        return block;
    }
    /// A block that is no arena's, even while a graph is captured: for what lasts from one replay to the next.
    void* allocate_lasting(std::size_t bytes) {
        const std::lock_guard lock{mutex_};
        return lent(nullptr, bytes);
    }
    void release(void* block, std::size_t bytes) noexcept {
        const std::size_t size = rounded(bytes);
        std::shared_ptr<arena> last;                                                // dies after the lock: its end locks again
        const std::lock_guard lock{mutex_};
        in_use_ -= size;
        idle_ += size;
        if (const auto found = owner_.find(block); found != owner_.end()) {
            last = std::move(found->second);
            owner_.erase(found);
            last->free_[size].push_back(block);
        } else if (capturing_ && parking_) capturing_->parked_.emplace_back(block, size);
        else free_[size].push_back(block);
    }

    /// From now on blocks come from an arena, until capture(nullptr). In an update, whose kernels are not those of the graph, other blocks that are
    /// given back are free at once.
    void capture(std::shared_ptr<arena> into, bool update = false) {
        const std::lock_guard lock{mutex_};
        require(!into || !capturing_, M::name, ": a graph is being captured already; finish it first");
        capturing_ = std::move(into);
        parking_ = !update;
    }
    bool capturing() const {
        const std::lock_guard lock{mutex_};
        return capturing_ != nullptr;
    }
    /// Gives every unused block back to the driver; how many bytes they had. Not while a graph is captured: the driver would wait for its end.
    std::size_t trim() {
        const std::lock_guard lock{mutex_};
        return capturing_ ? 0 : trim_locked();
    }
    std::size_t bytes_in_use() const {
        const std::lock_guard lock{mutex_};
        return in_use_;
    }
    /// The most that was in use at a time since the last restart().
    std::size_t most_bytes_in_use() const {
        const std::lock_guard lock{mutex_};
        return most_in_use_;
    }
    void restart() {
        const std::lock_guard lock{mutex_};
        most_in_use_ = in_use_;
    }
    /// Blocks nobody holds, those of arenas included.
    std::size_t bytes_idle() const {
        const std::lock_guard lock{mutex_};
        return idle_;
    }

    static std::size_t rounded(std::size_t bytes) {
        static constexpr std::size_t smallest = 512;
        if (bytes <= 8 * smallest) return bytes == 0 ? smallest : (bytes + smallest - 1) / smallest * smallest;
        const std::size_t step = std::bit_floor(bytes) / 8;
        return (bytes + step - 1) / step * step;
    }

private:
    /// A block if there is one already, else an unused one, else a new one.
    void* lent(void* block, std::size_t bytes) {
        const std::size_t size = rounded(bytes);
        if (!block) block = taken_from(free_[size], size);                          // for an arena: what the stream does with it lies before
        if (!block) {
            block = M::take(size);
            if (!block && !capturing_) {                                            // other sizes may lie unused in the pool
                const std::size_t given_back = trim_locked();
                block = M::take(size);
                if (!block) report(bytes, given_back);
            } else if (!block) report(bytes, 0);
        }
        in_use_ += size;
        most_in_use_ = std::max(most_in_use_, in_use_);
        return block;
    }
    /// An unused block of a list, or nullptr.
    void* taken_from(std::vector<void*>& unused, std::size_t size) {
        if (unused.empty()) return nullptr;
        void* const block = unused.back();
        unused.pop_back();
        idle_ -= size;
        return block;
    }
    std::size_t trim_locked() {
        std::size_t bytes = 0;
        for (auto& [size, blocks] : free_) {
            for (void* block : blocks) M::give(block), bytes += size;
            blocks.clear();
        }
        idle_ -= bytes;
        return bytes;
    }
    void dissolve(arena& gone) {
        const std::lock_guard lock{mutex_};
        for (auto& [size, blocks] : gone.free_)
            for (void* block : blocks) free_[size].push_back(block);
        for (auto& [block, size] : gone.parked_) free_[size].push_back(block);
    }
    [[noreturn]] void report(std::size_t bytes, std::size_t given_back) const {
        const auto [free, total] = M::free_and_total();
        fail(M::name, ": out of memory: ", bytes, " bytes (", readable_bytes(bytes), ") were asked for; tensors hold ", in_use_, " (",
             readable_bytes(in_use_), "), ", readable_bytes(idle_), " lie idle in the pool after ", readable_bytes(given_back),
             " were given back; the device has ", readable_bytes(free), " free of ", readable_bytes(total),
             "; try a smaller batch, or activations in bfloat16");
    }

    mutable std::mutex mutex_;
    std::map<std::size_t, std::vector<void*>> free_;
    std::unordered_map<void*, std::shared_ptr<arena>> owner_;                       // of the blocks of arenas only
    std::shared_ptr<arena> capturing_;
    bool parking_ = true;
    std::size_t in_use_ = 0, most_in_use_ = 0, idle_ = 0;
};

}  // namespace ncsn
