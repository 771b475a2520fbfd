// SPDX-License-Identifier: Apache-2.0
/// \file  How many of the kinds that there are samples are of, and how unevenly: the modes and the divergence of StackedMNIST.
#pragma once

#include <ncsn/arithmetic/error.hpp>

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace ncsn {

/// How many samples are of each of K kinds.
struct mode_coverage {
    std::vector<std::size_t> counts;

    /// labels: the kind of each sample, below `kinds`.
    template <class Label> static mode_coverage of(std::span<const Label> labels, std::size_t kinds = 1000) {
        mode_coverage found{std::vector<std::size_t>(kinds)};
        for (const Label kind : labels) {
            require(static_cast<std::size_t>(kind) < kinds, "mode_coverage: kind ", kind, " of ", kinds, "; numbers below that were expected");
            ++found.counts[kind];
        }
        return found;
    }
    std::size_t samples() const {
        std::size_t sum = 0;
        for (const std::size_t count : counts) sum += count;
        return sum;
    }
    /// Kinds that were seen.
    std::size_t modes() const {
        std::size_t seen = 0;
        for (const std::size_t count : counts) seen += count > 0;
        return seen;
    }
    /// KL(q || uniform) = Σ q ln(K q) over the kinds that were seen, q = counts/N, in nats. N samples that are uniform have about (K - 1)/2N.
    double divergence() const { return divergence_over(1, samples()); }
    /// The same as the program of adversarial score matching prints it: samples are counted twice and divided by the number that was asked for (0: as
    /// many as there are), so f (KL + ln f) with f = 2 N/asked, which is 2 KL + 2 ln 2 where all that were asked for are there.
    double divergence_as_coded(std::size_t asked = 0) const { return divergence_over(2, asked == 0 ? samples() : asked); }

private:
    double divergence_over(std::size_t times, std::size_t total) const {
        require(samples() > 0, "mode_coverage: no samples were counted; at least one was expected");
        double sum = 0;
        for (const std::size_t count : counts) {
            if (count == 0) continue;
            const double q = static_cast<double>(times * count) / static_cast<double>(total);
            sum += q * std::log(static_cast<double>(counts.size()) * q);
        }
        return sum;
    }
};

}  // namespace ncsn
