// SPDX-License-Identifier: Apache-2.0
/// \file  The memory of a GPU that the host imitates: the host itself may touch it only while it plays the GPU.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>

namespace cuda_on_host {

/// What a test may change about the GPU and its driver.
struct settings {
    std::size_t memory = std::size_t{1} << 31;                                      ///< bytes in all
    int driver = 13000, devices = 1;
    bool driver_too_old = false, code_fits = true, captures = true;
    bool has_engines = true;                                                        ///< of cuDNN, for convolutions
    std::size_t workspace = 4096;                                                   ///< that they ask for
    int cudnn_fails_with = 0;                                                       ///< what cuDNN answers when a description is finished
};
inline settings gpu;

/// Addresses of the GPU lie in one range that cannot be read or written, but while a gpu_at_work exists.
class device_memory {
public:
    void* take(std::size_t bytes) {
        const std::size_t size = (std::max(bytes, std::size_t{1}) + 511) / 512 * 512;
        if (held_ + size > gpu.memory) return nullptr;
        std::size_t at = 0;                                                         // the first gap that is large enough
        for (const auto& [first, length] : lent_) {
            if (first - at >= size) break;
            at = first + length;
        }
        lent_[at] = size, held_ += size, end_ = std::max(end_, at + size);
        return base() + at;
    }
    /// Whether it was lent. What was in it is no number afterwards.
    bool give(void* block) {
        const auto place = lent_.find(offset(block));
        if (place == lent_.end()) return false;
        held_ -= place->second;
        lent_.erase(place);
        return true;
    }
    /// Whether all these bytes are lent, in one piece.
    bool holds(const void* first, std::size_t bytes) const {
        if (first < base() || first >= base() + reserved) return false;
        const std::size_t at = offset(first);
        auto place = lent_.upper_bound(at);
        return place != lent_.begin() && (--place, at + bytes <= place->first + place->second);
    }
    std::size_t held() const { return held_; }
    void protect(int access) const {
        if (end_ > 0) ::mprotect(base(), (end_ + large_page - 1) / large_page * large_page, access);
    }

private:
    static constexpr std::size_t reserved = std::size_t{1} << 36;
    static constexpr std::size_t large_page = std::size_t{1} << 21;                 ///< few of them are soon locked and unlocked
    static std::byte* base() {
        static auto* const first = [] {
            void* const all = ::mmap(nullptr, reserved + large_page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
            auto* const aligned = reinterpret_cast<std::byte*>((reinterpret_cast<std::uintptr_t>(all) + large_page - 1) / large_page * large_page);
            (void)::madvise(aligned, reserved, MADV_HUGEPAGE);
            return aligned;
        }();
        return first;
    }
    static std::size_t offset(const void* p) { return static_cast<std::size_t>(static_cast<const std::byte*>(p) - base()); }
    std::map<std::size_t, std::size_t> lent_;                                       ///< offset -> bytes
    std::size_t held_ = 0, end_ = 0;
};
inline device_memory memory;

/// While one exists the host plays the GPU.
class gpu_at_work {
public:
    gpu_at_work() { if (depth_++ == 0) memory.protect(PROT_READ | PROT_WRITE); }
    gpu_at_work(const gpu_at_work&) = delete;
    gpu_at_work& operator=(const gpu_at_work&) = delete;
    ~gpu_at_work() { if (--depth_ == 0) memory.protect(PROT_NONE); }

private:
    static inline int depth_ = 0;
};

/// Page-locked memory of the host. Given back, it is overwritten and kept, so that a copy that comes too late copies nonsense.
class locked_memory {
public:
    void* take(std::size_t bytes) {
        auto* const block = new std::byte[std::max(bytes, std::size_t{1})];
        lent_[block] = bytes;
        return block;
    }
    bool give(void* block) {
        const auto place = lent_.find(static_cast<std::byte*>(block));
        if (place == lent_.end()) return false;
        std::memset(block, 0xee, place->second);
        lent_.erase(place);
        return true;
    }
    bool holds(const void* p) const {
        const auto* const at = static_cast<const std::byte*>(p);
        auto place = lent_.upper_bound(const_cast<std::byte*>(at));
        return place != lent_.begin() && (--place, at < place->first + place->second);
    }

private:
    std::map<std::byte*, std::size_t> lent_;
};
inline locked_memory locked;

}  // namespace cuda_on_host
