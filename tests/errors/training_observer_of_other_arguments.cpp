// SPDX-License-Identifier: Apache-2.0
/// \file  The observer of a training is told a report.
// expect: the observer of a training is called as observer\(report\)
#include <ncsn/training/trainer.hpp>

using namespace ncsn;
using array = tensor<float>;

struct counting {
    philox rng;
    std::size_t step = 0;
    double seconds = 0;
};
struct nothing {
    std::size_t size() const { return 1; }
    array operator()(std::size_t, const sample_range&, philox&) const { return array{shape{1}}; }
};
struct idle {
    array operator()(counting&, nothing&) const { return array{shape{1}}; }
};
struct watching {
#ifdef NCSN_FIXED
    void operator()(const training_report&) const {}
#else
    void operator()(std::size_t, double) const {}
#endif
};

void wrong(counting& state, nothing& batches) { trainer{idle{}, {.steps = 3}}(state, batches, watching{}); }
