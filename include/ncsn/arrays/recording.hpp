// SPDX-License-Identifier: Apache-2.0
/// \file  Work that is done again and again: recorded where the device can do that, so that its kernels start without the host.
#pragma once

#include <ncsn/arithmetic/philox.hpp>
#include <ncsn/arrays/grid/recording.hpp>
#include <ncsn/arrays/random.hpp>

#include <concepts>
#include <cstring>
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
/// and draws are the same in number and size every time. What it leaves it writes in place into tensors from outside, which share their elements with
/// no copy. Elsewhere this is a call of the work.
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
    std::size_t prepared_ = 0;
};

/// The number in a tensor, read later than it was made. start() asks for it where the device's work is now; by the time of get() the device may be
/// busy with what it was asked for since, and the host waits for the number alone. One number at a time.
template <class T, Device D> class late_number {
public:
    late_number() = default;
    late_number(const late_number&) = delete;
    late_number& operator=(const late_number&) = delete;
    ~late_number() {
        if constexpr (RecordingDevice<D>)
            try {
                copied_.wait();                                                     // the place is somebody else's next
            } catch (const error&) {}                                               // told by whatever asks the device next
    }
    void start(const tensor<T, D>& x) {
        if constexpr (RecordingDevice<D>) {
            require(x.size() == 1, "late_number: shape ", x.shape(), " has ", x.size(), " elements; one was expected");
            D::send(place_.data(), x.data(), sizeof(T));
            copied_.set();
        } else place_ = x.item();
    }
    T get() {
        if constexpr (RecordingDevice<D>) {
            copied_.wait();
            T number;
            std::memcpy(&number, place_.data(), sizeof(T));
            return number;
        } else return place_;
    }

private:
    template <class Any> struct parts_of { using place = T; struct mark {}; };
    template <RecordingDevice Any> struct parts_of<Any> { using place = typename Any::upload_block; using mark = typename Any::mark; };
    typename parts_of<D>::place place_ = typename parts_of<D>::place(sizeof(T));    ///< for another device the number itself
    [[no_unique_address]] typename parts_of<D>::mark copied_;
};

}  // namespace ncsn
