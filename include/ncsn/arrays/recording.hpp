// SPDX-License-Identifier: Apache-2.0
/// \file  Work that is done again and again: recorded where the device can do that, so that its kernels start without the host.
#pragma once

#include <ncsn/arithmetic/philox.hpp>
#include <ncsn/arrays/grid/recording.hpp>
#include <ncsn/arrays/random.hpp>

#include <concepts>
#include <optional>

namespace ncsn {

/// How often work is done before it is recorded: the first time libraries choose algorithms, the second time forms of the weights are kept.
inline constexpr std::size_t unrecorded = 2;

/// x <- step(x, rng), `times` times. On a device that records, and with numbers from philox, the first two steps are started kernel by kernel, the
/// third is recorded and the rest are replays of it. Nothing may change from step to step but x and what is drawn from rng, and the host may not look
/// at numbers in between: where it does, every step is started kernel by kernel.
template <Array A, Generator G, class F> A iterate(std::size_t times, A x, G& rng, const F& step) {
    using D = typename A::device_type;
    if constexpr (RecordingDevice<D> && std::same_as<G, philox>) {
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
                work->finish(before.draw, rng.draw - before.draw);
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
/// and draws are the same in number and size every time. What it leaves it writes in place into tensors from outside, which share their elements with
/// no copy. Elsewhere this is a call of the work.
template <Device D> class repeated {
public:
    template <class F> void operator()(philox& rng, const F& work) {
        if constexpr (!RecordingDevice<D>) work();
        else if (recorded_) {
            require(rng.seed == from_.seed && rng.stream == from_.stream && rng.first_sample == from_.first_sample,
                    "repeated: the work was recorded with numbers of seed ", from_.seed, ", stream ", from_.stream, ", sample ", from_.first_sample,
                    ", but seed ", rng.seed, ", stream ", rng.stream, ", sample ", rng.first_sample, " was given; record it anew for that generator");
            recorded_->rehearse(work, rng);
            recorded_->replay();
        } else if (D::record && prepared_ >= unrecorded) {
            from_ = rng;
            recorded_.emplace();
            try {
                work();
                recorded_->finish(from_.draw, rng.draw - from_.draw);
                recorded_->require_nothing_left();
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
    philox from_;                                                                   ///< as it was when the work was recorded
    std::size_t prepared_ = 0;
};

}  // namespace ncsn
