// SPDX-License-Identifier: Apache-2.0
/// \file  Loops that use the machine's cores when there is enough to do, and hand on what their bodies throw.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <limits>
#include <mutex>

namespace ncsn {

/// Below this many elements a loop stays on the calling thread: waking a second one costs more than it saves.
inline constexpr std::size_t parallel_grain = std::size_t{1} << 14;

/// How many threads a parallel region started here would get.
inline std::size_t threads_available() { return omp_in_parallel() ? 1 : static_cast<std::size_t>(omp_get_max_threads()); }

/// An exception must not leave a parallel region. This one keeps what jobs throw until the region has ended: of several, the first job's, so
/// that the same error is reported on any number of threads.
class first_exception {
public:
    template <class Work> void keep(std::size_t job, const Work& work) noexcept {
        try {
            work();
        } catch (...) {
            const std::lock_guard lock{mutex_};
            if (job < job_) job_ = job, exception_ = std::current_exception();
        }
    }
    void rethrow() const { if (exception_) std::rethrow_exception(exception_); }

private:
    std::mutex mutex_;
    std::size_t job_ = std::numeric_limits<std::size_t>::max();
    std::exception_ptr exception_;
};

/// The workers that for_each_job employs; each may be given working memory of its own.
inline std::size_t workers_for(std::size_t jobs, std::size_t elements) {
    return jobs > 1 && elements > parallel_grain ? std::min(jobs, threads_available()) : 1;
}
/// body(job, worker) for every job, which together touch so many elements; worker < workers_for(jobs, elements). Neighbouring jobs go to one
/// worker, so that what it has just written is still in its cache in the next loop.
template <class Body> void for_each_job(std::size_t jobs, std::size_t elements, const Body& body) {
    if (workers_for(jobs, elements) == 1) {
        for (std::size_t job = 0; job < jobs; ++job) body(job, std::size_t{0});
        return;
    }
    first_exception failure;
#pragma omp parallel for schedule(static)
    for (std::size_t job = 0; job < jobs; ++job)
        failure.keep(job, [&, job] { body(job, static_cast<std::size_t>(omp_get_thread_num())); });
    failure.rethrow();
}

/// body(begin, end) over [0, n) in blocks of fixed size, so that no result depends on the number of threads.
template <class Body> void for_each_block(std::size_t n, std::size_t block, const Body& body) {
    if (n <= block) {
        body(std::size_t{0}, n);
        return;
    }
    for_each_job((n + block - 1) / block, std::numeric_limits<std::size_t>::max(), [&](std::size_t job, std::size_t) {
        body(job * block, std::min(n, (job + 1) * block));
    });
}

}  // namespace ncsn
