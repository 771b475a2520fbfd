// SPDX-License-Identifier: Apache-2.0
/// \file  Captured work of a device: memory of its own, uploads that can be filled in anew, and fresh random numbers in every replay.
#pragma once

#include <ncsn/arithmetic/error.hpp>
#include <ncsn/arrays/kernels/launch.hpp>
#include <ncsn/arrays/kernels/caching_pool.hpp>

#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace ncsn {

/// Thrown when work asks, while it is being captured, for something that only a host can give: a number of the device, for one.
struct not_capturable : error {
    using error::error;
};

/// What the host sends to the device for every replay of a graph, piece by piece in the order in which it was asked for. The pieces lie side by
/// side in a few tables on the device, from which the captured work takes them. Each table has two copies on the host, which take turns: one is
/// filled in while the device may still fetch the other, so the host is up to two replays ahead, and no replay waits for it.
template <class D> class graph_uploads {
public:
    static constexpr std::size_t table_bytes = std::size_t{1} << 16;                ///< a larger piece has a table to itself

    graph_uploads() = default;
    graph_uploads(const graph_uploads&) = delete;
    graph_uploads& operator=(const graph_uploads&) = delete;
    ~graph_uploads() {
        try {
            for (auto& fetched : fetched_) fetched.wait();                          // the host's copies are somebody else's next
        } catch (const error&) {}                                                   // told by whatever asks the device next
        for (const table& t : tables_) D::pool().release(t.place, t.bytes);
    }

    /// While capturing: keeps the bytes for the first replay; where on the device they will be.
    const void* keep(const void* from, std::size_t bytes) {
        const std::size_t piece_bytes = (bytes + aligned - 1) / aligned * aligned;
        if (piece_bytes > table_bytes) tables_.emplace_back(piece_bytes), pieces_.push_back({tables_.size() - 1, 0, bytes});
        else {
            if (open_ == none || tables_[open_].used + piece_bytes > table_bytes) tables_.emplace_back(table_bytes), open_ = tables_.size() - 1;
            pieces_.push_back({open_, tables_[open_].used, bytes});
        }
        const piece& kept = pieces_.back();
        tables_[kept.table].used += piece_bytes;
        write(kept, from);
        waiting_ = true;
        return static_cast<const std::byte*>(tables_[kept.table].place) + kept.at;
    }
    /// The beginning of an update: the device has fetched what is to be overwritten, which was sent two replays ago.
    void begin_update() {
        fetched_[turn_].wait();
        next_ = 0, same_ = true, waiting_ = false;
    }
    /// An update: the bytes of the next replay.
    void renew(const void* from, std::size_t bytes) {
        same_ = same_ && next_ < pieces_.size() && pieces_[next_].bytes == bytes;
        if (same_) write(pieces_[next_++], from);
    }
    /// The end of an update: whether it asked for the pieces of the capture, all of them and no others.
    bool complete() { return waiting_ = same_ && next_ == pieces_.size(); }
    /// Before a replay: what was kept or renewed since the last one goes to the device, when its turn comes.
    void send() {
        if (!std::exchange(waiting_, false)) return;
        for (table& t : tables_) D::send(t.place, t.copies[turn_].data(), t.used);
        fetched_[turn_].set();
        turn_ = 1 - turn_;
    }

private:
    struct table {
        using upload_block = typename D::upload_block;
        explicit table(std::size_t n) : bytes{n}, copies{upload_block(n), upload_block(n)}, place{D::pool().allocate_lasting(n)} {}
        std::size_t bytes, used = 0;
        upload_block copies[2];
        void* place;                                                                ///< on the device
    };
    struct piece {
        std::size_t table, at, bytes;
    };
    void write(const piece& p, const void* from) {
        std::memcpy(static_cast<std::byte*>(tables_[p.table].copies[turn_].data()) + p.at, from, p.bytes);
    }

    static constexpr std::size_t aligned = 16, none = static_cast<std::size_t>(-1);
    std::vector<table> tables_;
    std::vector<piece> pieces_;
    typename D::mark fetched_[2];                                                   ///< of the host's copies
    std::size_t open_ = none, next_ = 0, turn_ = 0;
    bool same_ = true, waiting_ = false;
};

/// What becomes of work that is asked of a device.
enum class device_mode { work, capture, update };

/// A device that runs kernels that can write down what is asked of it instead of doing it. Beside KernelDevice's members:
///     D::capture                        whether loops should be captured
///     D::pool()                         its caching_pool                        D::state()            a capture_state, which its members obey
///     D::begin(), D::end() -> program   write down what is asked for between    program.run()         do it
///     D::upload_block(bytes)            memory of the host that the device reads and writes by itself; .data()
///     D::send(to, from, bytes)          a copy between such memory and the device, in either direction; the host does not wait
///     D::mark                           .set() after what was asked for so far, .wait() until that is done (at once where nothing was set)
template <class D>
concept CapturingDevice = KernelDevice<D> && requires(void* to, const void* from, std::size_t bytes, typename D::mark mark) {
    typename D::program;
    typename D::upload_block;
    D::send(to, from, bytes);
    mark.set();
    mark.wait();
    D::capture;
    D::pool();
    D::state();
    D::begin();
    D::end();
    D::draw_counter();
};

/// What the members of a device look at: whether work is to be done, written down or left out.
template <class D> struct capture_state {
    device_mode mode = device_mode::work;
    graph_uploads<D>* uploads = nullptr;         ///< of the capture that is open
    const std::uint32_t* draws = nullptr;        ///< on the device: added to the number of every draw that is captured
};

struct add_draws {
    std::uint32_t* counter;
    std::uint32_t draws;
    template <class Index> NCSN_HD void operator()(Index) const { *counter += draws; }
};

/// Work of a device between construction and finish(), to be replayed. It has memory of its own, so a replay disturbs nothing else; the tensors that
/// the work read and wrote outside of it are the caller's to keep. A replay draws random numbers that no other replay drew: its kernels add to the
/// number of each draw a counter on the device that the end of the work advances.
template <class D> class captured_graph {
public:
    captured_graph() : memory_{std::make_shared<arena>(D::pool())} {
        require(!open(), "graph capture: one is open already; it cannot hold another");
        counter_ = static_cast<std::uint32_t*>(D::allocate(sizeof(std::uint32_t)));
        D::fill(counter_, 1, std::uint32_t{0});
        D::pool().capture(memory_);
        D::state() = {device_mode::capture, &uploads_, counter_};
        try {
            D::begin();
        } catch (...) {
            close();
            D::release(counter_, sizeof(std::uint32_t));
            throw;
        }
    }
    captured_graph(const captured_graph&) = delete;
    captured_graph& operator=(const captured_graph&) = delete;
    ~captured_graph() {
        if (capturing_) abandon();
        D::release(counter_, sizeof(std::uint32_t));
    }

    /// The end of the work, which took this many draws from its generator, of which this was the first.
    void finish(std::uint32_t first, std::uint32_t draws) {
        first_ = first, draws_ = draws;
        D::launch(1, add_draws{counter_, draws});
        program_.emplace(D::end());
        close();
    }
    void replay() {
        uploads_.send();
        program_->run();
        counted_ += draws_;
    }
    std::uint32_t draws() const { return draws_; }

    /// Calls work() on the host alone; its uploads and the place of its generator are what the next replay finds. An error if it is other work than
    /// was captured.
    template <class F, class G> void update(const F& work, const G& rng) {
        const std::uint32_t before = rng.draw;
        uploads_.begin_update();
        D::pool().capture(memory_, true);
        D::state() = {device_mode::update, &uploads_, counter_};
        try {
            work();
        } catch (...) {
            close();
            throw;
        }
        close();
        require(uploads_.complete(), "graph capture: the replayed work sends other tables to the device than when it was captured; capture it "
                "anew, or do it without a capture");
        require_nothing_left();
        require(rng.draw - before == draws_, "graph capture: the replayed work draws ", rng.draw - before, " times, not ", draws_,
                " times as when it was captured; capture it anew, or do it without a capture");
        const std::uint32_t ahead = before - first_;                                // modulo 2^32, as the draws are
        if (ahead != counted_) D::launch(1, add_draws{counter_, ahead - counted_});     // others have drawn from it
        counted_ = ahead;
    }
    /// Throws if tensors that outlive the work lie in the memory of the graph, where the next replay would not find what this one left.
    void require_nothing_left() const {
        const auto left = memory_.use_count() - 1;                                  // every block that is lent holds its arena
        require(left == 0, "graph capture: the replayed work leaves ", left, left == 1 ? " tensor" : " tensors", " in the memory of the "
                "graph, with values that are lost. Either it assigns to tensors outside of it, where D::copy(x.write(), ...) was expected; or it "
                "writes to tensors, of a model for instance, whose elements are shared by copies that were made before, and so moves them: give such "
                "a copy elements of its own by write(); or it calls a network in another precision (reduced_precision) that keeps what it rounded: "
                "call it on a tape, or before the work");
    }
    /// Whether something is being captured or updated.
    static bool open() { return D::state().mode != device_mode::work; }

private:
    using arena = typename std::remove_reference_t<decltype(D::pool())>::arena;

    void close() {
        D::state() = {};
        D::pool().capture(nullptr);
        capturing_ = false;
    }
    void abandon() noexcept {
        try {
            (void)D::end();
        } catch (const error&) {}                                                   // what was written down is thrown away in any case
        close();
    }
    std::shared_ptr<arena> memory_;
    graph_uploads<D> uploads_;
    std::uint32_t* counter_ = nullptr;
    std::uint32_t first_ = 0, draws_ = 0, counted_ = 0;                             ///< counted_: the counter when all replays are done
    std::optional<typename D::program> program_;
    bool capturing_ = true;
};

}  // namespace ncsn
