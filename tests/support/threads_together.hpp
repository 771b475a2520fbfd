// SPDX-License-Identifier: Apache-2.0
/// \file  Threads in place of processes, for tests of what several processes train together.
#pragma once

#include <ncsn/arrays/tensor.hpp>

#include <barrier>
#include <thread>
#include <vector>

/// Threads in place of processes: what a communicator has to do, with a barrier.
struct threads_together {
    struct meeting {
        explicit meeting(std::size_t n) : shares(n), arrived(static_cast<std::ptrdiff_t>(n)) {}
        std::vector<ncsn::tensor<double, ncsn::cpu>> shares;
        std::barrier<> arrived;
    };
    meeting* all;
    std::size_t own;

    std::size_t rank() const { return own; }
    std::size_t size() const { return all->shares.size(); }
    void sum(ncsn::tensor<double, ncsn::cpu>& x) const {
        all->shares[own] = x;
        all->arrived.arrive_and_wait();
        ncsn::tensor<double, ncsn::cpu> total = all->shares[0];
        for (std::size_t k = 1; k < size(); ++k) total = total + all->shares[k];
        all->arrived.arrive_and_wait();
        x = total;
    }
};
