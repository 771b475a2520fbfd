// SPDX-License-Identifier: Apache-2.0
/// \file  Work done ahead of its use by threads: the batches of the next steps, while a step computes.
#pragma once

#include <ncsn/data/loader.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

namespace ncsn {

struct read_ahead_settings {
    std::size_t threads = 1;  ///< 0: the work is done when it is asked for
    std::size_t ahead = 4;    ///< so many results are kept or under way
    std::size_t count = std::numeric_limits<std::size_t>::max();  ///< results in all: no work is begun beyond
};

/// work(i), work(i + 1), ... in the order in which they are asked for. Results depend on their number alone, so any number of threads gives the same.
/// Every thread has its own copy of `work`. What work(i) throws, at(i) throws. A number that is not the next one begins anew there.
template <std::copy_constructible Work> class read_ahead {
public:
    using result = std::invoke_result_t<Work&, std::size_t>;

    explicit read_ahead(Work work, read_ahead_settings settings = {}) : work_{std::move(work)}, settings_{settings} {
        constexpr std::size_t most = 256;
        require(settings_.threads <= most && settings_.ahead > 0, "read_ahead: ", settings_.threads, " threads, ", settings_.ahead,
                " results ahead; at most ", most, " threads and at least one result were expected");
    }
    read_ahead(const read_ahead&) = delete;
    read_ahead& operator=(const read_ahead&) = delete;
    ~read_ahead() { stop(); }

    /// work(index). Waits until it is done; begins those after it. The same index again gives the same result, without work.
    result at(std::size_t index) {
        require(index < settings_.count, "read_ahead: result ", index, " was asked for; there are ", settings_.count);
        if (last_ && index == last_index_) return *last_;
        last_.reset();
        if (settings_.threads == 0) last_ = work_(index);
        else last_ = taken(index);
        last_index_ = index;
        return *last_;
    }
    /// Seconds that at() has waited for threads.
    double waited() const { return waited_; }

private:
    struct outcome {
        std::optional<result> value;
        std::exception_ptr failure;
    };

    result taken(std::size_t index) {
        std::unique_lock lock{mutex_};
        if (threads_.empty() || index != first_) {                                  // what is under way is of no use
            results_.clear();
            first_ = next_ = index;
            ++order_;
            room_.notify_all();
            start();
        }
        const auto begin = std::chrono::steady_clock::now();
        done_.wait(lock, [&] { return results_.contains(index); });
        waited_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        outcome found = std::move(results_.extract(index).mapped());
        ++first_;
        room_.notify_all();
        if (found.failure) std::rethrow_exception(found.failure);
        return *std::move(found.value);
    }
    void start() {
        try {
            while (threads_.size() < settings_.threads) threads_.emplace_back([this, work = work_]() mutable { run(work); });
        } catch (const std::system_error& reason) {
            fail("read_ahead: cannot start thread ", threads_.size() + 1, " of ", settings_.threads, " (", reason.what(), "); ask for fewer");
        }
    }
    void run(Work& work) {
        std::unique_lock lock{mutex_};
        while (true) {
            room_.wait(lock, [&] { return stopped_ || next_ < std::min(first_ + settings_.ahead, settings_.count); });
            if (stopped_) return;
            const std::size_t index = next_++, order = order_;
            lock.unlock();
            outcome found;
            try {
                found.value = work(index);
            } catch (...) {
                found.failure = std::current_exception();
            }
            lock.lock();
            if (order != order_) continue;                                          // begun before at() went elsewhere
            results_.insert_or_assign(index, std::move(found));
            done_.notify_all();
        }
    }
    void stop() {
        {
            const std::lock_guard lock{mutex_};
            stopped_ = true;
        }
        room_.notify_all();
        for (std::thread& thread : threads_) thread.join();
    }

    Work work_;
    read_ahead_settings settings_;
    std::optional<result> last_;
    std::size_t last_index_ = 0;
    double waited_ = 0;

    std::mutex mutex_;                                                              // of all below
    std::condition_variable room_, done_;
    std::map<std::size_t, outcome> results_;
    std::size_t first_ = 0, next_ = 0, order_ = 0;                                  // to be taken, to be begun; how often at() went elsewhere
    bool stopped_ = false;
    std::vector<std::thread> threads_;
};

/// The batch of each step.
template <Dataset D> struct ordered_batches {
    D data;
    batch_order order;

    batch_of<D> operator()(std::size_t step) { return data.batch(order.rows(step)); }
};

/// The batches of the steps, read ahead:  batch_loader<D> batches{{data, order}, {.threads = 2}};  batches.at(step).
template <Dataset D> using batch_loader = read_ahead<ordered_batches<D>>;

}  // namespace ncsn
