// SPDX-License-Identifier: Apache-2.0
/// \file  The threads of a block of a GPU that the host imitates, one after the other; where they wait for each other they take turns.
#pragma once

#include <setjmp.h>
#include <ucontext.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

struct dim3 {
    unsigned x = 1, y = 1, z = 1;
    dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x{a}, y{b}, z{c} {}
};
inline dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace cuda_on_host {

/// Runs the threads of one block. A thread that never waits is a plain call; one that waits keeps its stack until all that it waits for have come.
class block_of_threads {
public:
    /// body() for every thread, in an order that is not theirs.
    void run(unsigned threads, const std::function<void()>& body) {
        threads_ = threads, next_ = finished_ = 0, body_ = &body;
        warps_.assign((threads + 31) / 32, {});
        block_ = {};
        while (finished_ < threads_) {
            if (!ready_.empty()) {
                fiber* const f = ready_.back();
                ready_.pop_back();
                enter(*f);
            } else if (next_ < threads_) enter(idle());
            else {
                std::fprintf(stderr, "%u of %u threads of a block wait for others that have ended or wait elsewhere\n", threads_ - finished_,
                             threads_);
                std::abort();
            }
        }
    }
    void wait_for_warp() { wait(warps_[threadIdx.x / 32].here, 32); }
    void wait_for_block() { wait(block_, threads_); }
    /// The value of the thread of this warp whose number differs in the bits of `distance`.
    template <class V> V exchanged(V value, unsigned distance) {
        static_assert(sizeof(V) <= 16);
        warp& own = warps_[threadIdx.x / 32];
        const unsigned lane = threadIdx.x % 32, turn = own.turn[lane]++ % 2;        // two sets: none is overwritten before it was read
        std::memcpy(own.places[turn][lane].data(), &value, sizeof value);
        wait_for_warp();
        std::memcpy(&value, own.places[turn][lane ^ distance].data(), sizeof value);
        return value;
    }

private:
    struct fiber {
        ucontext_t context;                                                         ///< where its first thread starts
        jmp_buf place;                                                              ///< where it goes on; costs no call of the system
        std::unique_ptr<char[]> stack;
        unsigned thread = 0;
        bool started = false;
    };
    struct barrier {
        std::vector<fiber*> waiting = {};
    };
    struct warp {
        barrier here;
        std::array<unsigned, 32> turn{};
        std::array<std::array<std::array<char, 16>, 32>, 2> places{};
    };
    static constexpr std::size_t stack_bytes = std::size_t{1} << 17;

    fiber& idle() {
        if (idle_.empty()) {
            auto& made = *fibers_.emplace_back(std::make_unique<fiber>());
            made.stack = std::make_unique_for_overwrite<char[]>(stack_bytes);
            prepare(made.context, made.stack.get());
            return made;
        }
        fiber* const f = idle_.back();
        idle_.pop_back();
        return *f;
    }
    static void prepare(ucontext_t& context, char* stack) {
        getcontext(&context);
        context.uc_stack.ss_sp = stack;
        context.uc_stack.ss_size = stack_bytes;
        context.uc_link = nullptr;
        makecontext(&context, &block_of_threads::work, 0);
    }
    void enter(fiber& f) {
        running_ = &f;
        threadIdx = dim3{f.thread, 0, 0};
        if (_setjmp(scheduler_) != 0) return;
        if (f.started) _longjmp(f.place, 1);
        f.started = true;
        setcontext(&f.context);
    }
    void leave(fiber& f) {
        if (_setjmp(f.place) == 0) _longjmp(scheduler_, 1);
    }
    /// What a fiber does for ever: threads from start to end, then it waits for the next block.
    static void work();
    void work_on() {
        for (;;) {
            while (next_ < threads_) {
                const unsigned k = next_++;
                running_->thread = threads_ - 1 - k;                                // the last comes first
                threadIdx = dim3{running_->thread, 0, 0};
                fiber* const self = running_;
                (*body_)();
                running_ = self;
                ++finished_;
            }
            idle_.push_back(running_);
            leave(*running_);
        }
    }
    void wait(barrier& b, unsigned all) {
        fiber* const self = running_;
        b.waiting.push_back(self);
        if (b.waiting.size() == all) {
            for (fiber* f : b.waiting)
                if (f != self) ready_.push_back(f);
            b.waiting.clear();
            return;
        }
        leave(*self);
    }

    unsigned threads_ = 0, next_ = 0, finished_ = 0;
    const std::function<void()>* body_ = nullptr;
    std::vector<warp> warps_;
    barrier block_;
    std::vector<std::unique_ptr<fiber>> fibers_;
    std::vector<fiber*> idle_, ready_;
    fiber* running_ = nullptr;
    jmp_buf scheduler_{};
};
inline block_of_threads& block() {
    static auto* only = new block_of_threads;
    return *only;
}
inline void block_of_threads::work() { block().work_on(); }

}  // namespace cuda_on_host

inline void __syncthreads() { cuda_on_host::block().wait_for_block(); }
template <class V> V __shfl_xor_sync(unsigned, V value, unsigned distance) { return cuda_on_host::block().exchanged(value, distance); }
