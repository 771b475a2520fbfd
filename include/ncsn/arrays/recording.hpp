// SPDX-License-Identifier: Apache-2.0
/// \file  Work that is done again and again: recorded where the device can do that, so that its kernels start without the host.
#pragma once

#include <ncsn/arithmetic/philox.hpp>
#include <ncsn/arrays/grid/recording.hpp>
#include <ncsn/arrays/random.hpp>

#include <optional>

namespace ncsn {

/// How often work is done before it is recorded: the first time libraries choose algorithms, the second time forms of the weights are kept.
inline constexpr std::size_t unrecorded = 2;

/// x <- step(x, rng), `times` times. On a device that records, the first two steps are started kernel by kernel, the third recorded and the rest are
/// replays of it. Nothing may change from step to step but x and what is drawn from rng, and the host may not look at numbers in between: where it
/// does, every step is started kernel by kernel.
template <Array A, class F> A iterate(std::size_t times, A x, philox& rng, const F& step) {
    using D = typename A::device_type;
    if constexpr (RecordingDevice<D>) {
        constexpr std::size_t worth_recording = unrecorded + 3;
        if (times >= worth_recording && D::record && !recording<D>::open()) {
            for (std::size_t t = 0; t < unrecorded; ++t, --times) x = step(x, rng);
            const philox before = rng;
            std::optional<recording<D>> work;
            auto* const place = x.write();
            try {
                work.emplace();
                const A next = step(x, rng);
                D::copy(place, next.data(), x.size() * sizeof(*place));
                work->finish(rng.draw - before.draw);
            } catch (const not_recordable&) {
                work.reset();
                rng = before;
            }
            if (work) {
                for (std::size_t t = 0; t < times; ++t) work->replay();
                rng.draw += static_cast<std::uint32_t>((times - 1) * work->draws());
                return x;
            }
        }
    }
    for (std::size_t t = 0; t < times; ++t) x = step(x, rng);
    return x;
}

/// A piece of work with a state of its own, such as a step of training. On a device that records, the first two calls are started kernel by
/// kernel, the third is recorded, and every later one is a rehearsal on the host, which fills in what is uploaded, and a replay. What changes from
/// call to call must come by upload or from rng, never as an argument of a kernel; the work may not look at numbers of the device, and its uploads
/// and draws are the same in number and size every time. Elsewhere this is a call of the work.
template <Device D> class repeated {
public:
    template <class F> void operator()(philox& rng, const F& work) {
        if constexpr (!RecordingDevice<D>) work();
        else if (recorded_) {
            recorded_->rehearse(work, rng);
            recorded_->replay();
        } else if (D::record && prepared_ >= unrecorded) {
            const std::uint32_t first = rng.draw;
            recorded_.emplace();
            try {
                work();
                recorded_->finish(rng.draw - first);
            } catch (...) {                                                         // half a recording must not be replayed
                recorded_.reset();
                throw;
            }
            recorded_->replay();
        } else {
            work();
            ++prepared_;
        }
    }

private:
    struct nothing {};
    template <class T> struct recording_of { using type = nothing; };
    template <RecordingDevice T> struct recording_of<T> { using type = recording<T>; };
    std::optional<typename recording_of<D>::type> recorded_;
    std::size_t prepared_ = 0;
};

}  // namespace ncsn
