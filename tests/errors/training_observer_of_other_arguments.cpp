// SPDX-License-Identifier: Apache-2.0
/// \file  The observer of a training is told a report.
// expect: the observer of a training is called as observer\(report\)
#include "idle_training.hpp"

struct watching {
#ifdef NCSN_FIXED
    void operator()(const training_report&) const {}
#else
    void operator()(std::size_t, double) const {}
#endif
};

void wrong(counting& state, nothing& batches) { trainer{idle{}, {.steps = 3}}(state, batches, watching{}); }
