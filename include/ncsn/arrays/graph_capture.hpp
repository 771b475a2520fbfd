// SPDX-License-Identifier: Apache-2.0
/// \file  Work that is done again and again: captured where the device can do that, so that its kernels start without the host.
#pragma once

#include <ncsn/arithmetic/philox.hpp>
#include <ncsn/arithmetic/stop.hpp>
#include <ncsn/arrays/kernels/captured_graph.hpp>
#include <ncsn/arrays/random.hpp>

#include <concepts>
#include <optional>

namespace ncsn {

/// How often work is done before it is captured: the first time libraries choose algorithms, the second time packed weights are kept.
inline constexpr std::size_t warm_up_rounds = 2;

/// x <- step(x, rng), `times` times. On a device that captures, and with numbers from philox, the first two steps are started kernel by kernel, the
/// third is captured and the rest are replays of it. Nothing may change from step to step but x and what is drawn from rng, and the host may not look
/// at numbers in between: where it does, every step is started kernel by kernel. Throws `stopped` between two steps where a stop is asked for.
template <Array A, Generator G, class F> A iterate(std::size_t times, A x, G& rng, const F& step, const std::stop_token& stop = {}) {
    using D = typename A::device_type;
    if constexpr (CapturingDevice<D> && std::same_as<G, philox>) {
        constexpr std::size_t worth_capturing = warm_up_rounds + 3;
        if (times >= worth_capturing && D::capture && !captured_graph<D>::open()) {
            for (std::size_t t = 0; t < warm_up_rounds; ++t, --times) x = step(x, rng);
            const philox before = rng;
            std::optional<captured_graph<D>> work;
            auto* const place = x.write();
            try {
                work.emplace();
                const A next = step(x, rng);
                D::copy(place, next.data(), x.size() * sizeof(*place));
                work->finish(before.draw, rng.draw - before.draw);
            } catch (const not_capturable&) {
                work.reset();
                rng = before;
            }
            if (work) {
                for (std::size_t t = 0; t < times; ++t) {
                    end_if_stopped(stop, "iterate");
                    work->replay();
                }
                rng.draw += static_cast<std::uint32_t>((times - 1) * work->draws());
                return x;
            }
        }
    }
    for (std::size_t t = 0; t < times; ++t) {
        end_if_stopped(stop, "iterate");
        x = step(x, rng);
    }
    return x;
}

/// A piece of work with a state of its own, such as a step of training. On a device that captures, the first two calls are started kernel by
/// kernel, the third is captured, and every later one is an update on the host, which fills in what is uploaded, and a replay. What changes from
/// call to call must come by upload or from rng, never as an argument of a kernel; the work may not look at numbers of the device, and its uploads
/// and draws are the same in number and size every time. What it leaves it writes in place into tensors from outside, which share their elements with
/// no copy. Elsewhere this is a call of the work.
template <Device D> class replayed {
public:
    template <class F> void operator()(philox& rng, const F& work) {
        if constexpr (!CapturingDevice<D>) work();
        else if (graph_) {
            require(rng.seed == from_.seed && rng.stream == from_.stream && rng.first_sample == from_.first_sample,
                    "replayed: the work was captured with numbers of seed ", from_.seed, ", stream ", from_.stream, ", sample ", from_.first_sample,
                    ", but seed ", rng.seed, ", stream ", rng.stream, ", sample ", rng.first_sample,
                    " was given; capture it anew for that generator");
            graph_->update(work, rng);
            graph_->replay();
        } else if (D::capture && prepared_ >= warm_up_rounds) {
            from_ = rng;
            graph_.emplace();
            try {
                work();
                graph_->finish(from_.draw, rng.draw - from_.draw);
                graph_->require_nothing_left();
            } catch (...) {                                                         // half a capture must not be replayed
                graph_.reset();
                throw;
            }
            graph_->replay();
        } else {
            work();
            ++prepared_;
        }
    }

private:
    struct nothing {};
    template <class T> struct graph_of { using type = nothing; };
    template <CapturingDevice T> struct graph_of<T> { using type = captured_graph<T>; };
    std::optional<typename graph_of<D>::type> graph_;
    philox from_;                                                                   ///< as it was when the work was captured
    std::size_t prepared_ = 0;
};

}  // namespace ncsn
