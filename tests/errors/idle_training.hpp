// SPDX-License-Identifier: Apache-2.0
/// \file  For programs that must not compile: a training whose steps do nothing.
#pragma once

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
