// SPDX-License-Identifier: Apache-2.0
/// \file  Recorded work of a device: memory of its own, uploads that can be filled in anew, and fresh random numbers in every replay.
#pragma once

#include <ncsn/arithmetic/error.hpp>
#include <ncsn/arrays/grid/launch.hpp>
#include <ncsn/arrays/grid/pool.hpp>

#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace ncsn {

/// Thrown when work asks, while it is being recorded, for something that only a host can give: a number of the device, for one.
struct not_recordable : error {
    using error::error;
};

/// What is copied to the device in every replay of a recording, piece by piece in the order in which it was asked for. `Block` is memory of the host
/// that the device reads by itself: Block{bytes}.data().
template <class Block> class recorded_uploads {
public:
    /// A recording: keeps the bytes for every replay and says where.
    const void* keep(const void* from, std::size_t bytes) {
        pieces_.push_back({Block{bytes}, bytes, {}});
        std::memcpy(pieces_.back().place.data(), from, bytes);
        return pieces_.back().place.data();
    }
    /// A rehearsal: the bytes of the next replay, set apart, for the last one may not have read its own yet.
    void renew(const void* from, std::size_t bytes) {
        if (next_ >= pieces_.size() || pieces_[next_].bytes != bytes) {
            same_ = false;
            return;
        }
        const auto* first = static_cast<const std::byte*>(from);
        pieces_[next_++].coming.assign(first, first + bytes);
    }
    void rehearse() { next_ = 0, same_ = true; }
    /// Whether the rehearsal asked for the pieces of the recording, all of them and no others.
    bool complete() const { return same_ && next_ == pieces_.size(); }
    /// Once the last replay has read its bytes: those of the rehearsal take their place.
    void commit() {
        for (auto& piece : pieces_) std::memcpy(piece.place.data(), piece.coming.data(), piece.coming.size());
    }

private:
    struct piece {
        Block place;
        std::size_t bytes;
        std::vector<std::byte> coming;
    };
    std::vector<piece> pieces_;
    std::size_t next_ = 0;
    bool same_ = true;
};

/// What becomes of work that is asked of a device.
enum class device_mode { work, record, rehearse };

/// A device of a grid that can write down what is asked of it instead of doing it. Beside GridDevice's members:
///     D::record                         whether loops should be recorded
///     D::pool()                         its caching_pool                        D::synchronize()      waits until all is done
///     D::upload_block{bytes}            memory for recorded_uploads             D::state()            a recording_state, which its members obey
///     D::begin(), D::end() -> program   write down what is asked for between    program.run()         do it
template <class D>
concept RecordingDevice = GridDevice<D> && requires {
    typename D::program;
    typename D::upload_block;
    D::record;
    D::pool();
    D::state();
    D::begin();
    D::end();
    D::synchronize();
    D::draw_counter();
};

/// What the members of a device look at: whether work is to be done, written down or left out.
template <class Block> struct recording_state {
    device_mode mode = device_mode::work;
    recorded_uploads<Block>* uploads = nullptr;  ///< of the recording that is open
    const std::uint32_t* draws = nullptr;        ///< on the device: added to the number of every draw that is recorded
};

struct add_draws {
    std::uint32_t* counter;
    std::uint32_t draws;
    template <class Index> NCSN_HD void operator()(Index) const { *counter += draws; }
};

/// Work of a device between construction and finish(), to be replayed. It has memory of its own, so a replay disturbs nothing else; the tensors that
/// the work read and wrote outside of it are the caller's to keep. A replay draws random numbers that no other replay drew: its kernels add to the
/// number of each draw a counter on the device that the end of the work advances.
template <class D> class recording {
public:
    recording() : memory_{std::make_shared<arena>(D::pool())} {
        require(!open(), "recording: one is open already; it cannot hold another");
        counter_ = static_cast<std::uint32_t*>(D::allocate(sizeof(std::uint32_t)));
        D::fill(counter_, 1, std::uint32_t{0});
        D::pool().record(memory_);
        D::state() = {device_mode::record, &uploads_, counter_};
        D::begin();
    }
    recording(const recording&) = delete;
    recording& operator=(const recording&) = delete;
    ~recording() {
        if (recording_now_) abandon();
        if (program_) wait();                                                       // the last replay may still read the uploads
        program_.reset();
        D::release(counter_, sizeof(std::uint32_t));
    }

    /// The end of the work, which took this many draws from its generator.
    void finish(std::uint32_t draws) {
        draws_ = draws;
        D::launch(1, add_draws{counter_, draws});
        program_.emplace(D::end());
        close();
    }
    void replay() { program_->run(); }
    std::uint32_t draws() const { return draws_; }

    /// Calls work() on the host alone; its uploads are what the next replay copies. An error if it is other work than was recorded.
    template <class F, class G> void rehearse(const F& work, const G& rng) {
        const std::uint32_t before = rng.draw;
        uploads_.rehearse();
        D::pool().record(memory_);
        D::state() = {device_mode::rehearse, &uploads_, counter_};
        try {
            work();
        } catch (...) {
            close();
            throw;
        }
        close();
        require(uploads_.complete(), "recording: the work that is repeated sends other tables to the device than when it was recorded; record it "
                "anew, or do it without a recording");
        require(rng.draw - before == draws_, "recording: the work that is repeated draws ", rng.draw - before, " times, not ", draws_,
                " times as when it was recorded; record it anew, or do it without a recording");
        D::synchronize();
        uploads_.commit();
    }
    /// Whether something is being recorded or rehearsed.
    static bool open() { return D::state().mode != device_mode::work; }

private:
    using arena = typename std::remove_reference_t<decltype(D::pool())>::arena;

    void close() {
        D::state() = {};
        D::pool().record(nullptr);
        recording_now_ = false;
    }
    void abandon() noexcept {
        try {
            (void)D::end();
        } catch (const error&) {}                                                   // what was written down is thrown away in any case
        close();
    }
    static void wait() noexcept {
        try {
            D::synchronize();
        } catch (const error&) {}                                                   // told by whatever asks the device next
    }
    std::shared_ptr<arena> memory_;
    recorded_uploads<typename D::upload_block> uploads_;
    std::uint32_t* counter_ = nullptr;
    std::uint32_t draws_ = 0;
    std::optional<typename D::program> program_;
    bool recording_now_ = true;
};

}  // namespace ncsn
