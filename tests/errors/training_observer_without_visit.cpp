// SPDX-License-Identifier: Apache-2.0
/// \file  An observer of a training that says when it wants to look at the state has the other half too, or would never look.
// expect: bool due\(const State&\), which says after which, and void visit\(State&\)
#include "idle_training.hpp"

struct watching {
    void operator()(const training_report&) const {}
    bool due(const counting& state) const { return state.step == 2; }
#ifdef NCSN_FIXED
    void visit(const counting&) const {}
#else
    void visits(const counting&) const {}
#endif
};

void wrong(counting& state, nothing& batches) { trainer{idle{}, {.steps = 3}}(state, batches, watching{}); }
