// SPDX-License-Identifier: Apache-2.0
/// \file  Devices that run one function for every index of a range, and what the bodies of their kernels are made of.
///
/// A *body* is a named struct of pointers and numbers, copied to the device bit by bit, whose call operator is marked NCSN_HD. It never names a
/// thread, a block or shared memory, so the host can run it too: that is how the kernels are tested without a GPU. Indices come in an order that
/// nobody knows, so a body writes only places that belong to its index; it gathers where it could scatter, and results repeat bit for bit.
#pragma once

#include <ncsn/arithmetic/bfloat16.hpp>
#include <ncsn/arithmetic/host_device.hpp>
#include <ncsn/arrays/device.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

namespace ncsn {

/// K sums taken in one walk over the elements.
template <std::size_t K, class S = float> struct sums {
    S at[K];
    NCSN_HD S& operator[](std::size_t k) { return at[k]; }
    NCSN_HD const S& operator[](std::size_t k) const { return at[k]; }
    NCSN_HD sums& operator+=(const sums& other) {
        NCSN_UNROLL for (std::size_t k = 0; k < K; ++k) at[k] += other.at[k];
        return *this;
    }
};

/// A sum of many numbers that keeps the digits which each addition drops (Kahan 1965): its error does not grow with their count, so that float
/// sums on a GPU stay within rounding of the CPU's, which are double. Double sums go without.
template <class V> struct kahan_sum {
    V total{};
    NCSN_HD void add(const V& value) { total += value; }
};
template <> struct kahan_sum<float> {
    float total = 0, excess = 0;
    NCSN_HD void add(float value) {
        const float missing = value - excess, next = total + missing;
        excess = (next - total) - missing;
        total = next;
    }
};
template <std::size_t K> struct kahan_sum<sums<K, float>> {
    sums<K, float> total{}, excess{};
    NCSN_HD void add(const sums<K, float>& value) {
        NCSN_UNROLL for (std::size_t k = 0; k < K; ++k) {
            const float missing = value.at[k] - excess.at[k], next = total.at[k] + missing;
            excess.at[k] = (next - total.at[k]) - missing;
            total.at[k] = next;
        }
    }
};

/// A group of `members` that works on a row together, as the host imitates it: the members take turns. A device's own group has the same calls.
/// Members share nothing but what sum and maximum return: what one writes to memory another must not read.
class host_group {
public:
    explicit host_group(std::size_t members) : members_{members} {}

    /// f(i) for every i < n, divided among the members. The last member comes first, for no order is promised.
    template <class F> void each(std::size_t n, const F& f) const {
        for (std::size_t member = members_; member-- > 0;)
            for (std::size_t i = member; i < n; i += members_) f(static_cast<std::uint32_t>(i));
    }
    /// Σ f(i), i < n: each member adds every members-th number to a kahan_sum, then halves are added to halves. f gives a float, a double or sums.
    template <class F> auto sum(std::size_t n, const F& f) const {
        using V = std::decay_t<decltype(f(std::uint32_t{}))>;
        std::vector<V> partial(members_);
        for (std::size_t member = 0; member < members_; ++member) {
            kahan_sum<V> own;
            for (std::size_t i = member; i < n; i += members_) own.add(f(static_cast<std::uint32_t>(i)));
            partial[member] = own.total;
        }
        for (std::size_t first = 0; first < members_; first += 32) halved(partial.data() + first, 32, 1);
        halved(partial.data(), members_ / 32, 32);
        return partial[0];
    }
    /// The largest f(i), i < n; -∞ if n is 0.
    template <class F> auto maximum(std::size_t n, const F& f) const {
        using V = std::decay_t<decltype(f(std::uint32_t{}))>;
        V largest = -std::numeric_limits<V>::infinity();
        for (std::size_t i = n; i-- > 0;) {
            const V value = f(static_cast<std::uint32_t>(i));
            largest = largest < value ? value : largest;
        }
        return largest;
    }

private:
    template <class V> static void halved(V* values, std::size_t count, std::size_t step) {
        for (std::size_t half = count / 2; half > 0; half /= 2)
            for (std::size_t i = 0; i < half; ++i) values[i * step] += values[(i + half) * step];
    }
    std::size_t members_;                                                           ///< a multiple of 32
};

/// How many members work on a row of `length` elements: a warp or a block.
inline constexpr std::size_t small_group = 32, large_group = 512;
inline constexpr std::size_t group_members(std::size_t length) { return length <= 1024 ? small_group : large_group; }

struct empty_body {
    template <class Index> NCSN_HD void operator()(Index) const {}
};
struct empty_row_body {
    template <class Group> NCSN_HD void operator()(std::size_t, const Group&) const {}
};

/// A device whose memory the host does not touch and which runs a body for every index of a range.
///     D::launch(n, body)                    body(i) for every i < n; i is std::uint32_t where n allows it, else std::uint64_t
///     D::launch_rows(rows, length, body)    body(row, group) for every row; length is about how much work a row is, and decides on its group
template <class D>
concept KernelDevice = Device<D> && !D::is_host && requires(std::size_t n) {
    D::launch(n, empty_body{});
    D::launch_rows(n, n, empty_row_body{});
};

/// 16 bytes of elements: what one load or store of a GPU moves.
template <class T, std::size_t N = 16 / sizeof(T)> struct alignas(N * sizeof(T) < 16 ? N * sizeof(T) : 16) pack {
    static constexpr std::size_t size = N;
    T at[N];
    NCSN_HD T& operator[](std::size_t k) { return at[k]; }
    NCSN_HD const T& operator[](std::size_t k) const { return at[k]; }

    /// N elements from a place that is aligned like a pack: the GPU refuses others, and so does the host in its stead.
    NCSN_HD static pack load(const T* from) {
#if defined(__CUDA_ARCH__)
        return *reinterpret_cast<const pack*>(from);
#else
        if (reinterpret_cast<std::uintptr_t>(from) % alignof(pack) != 0) __builtin_trap();
        pack p;
        std::memcpy(&p, from, sizeof p);
        return p;
#endif
    }
    NCSN_HD void store(T* to) const {
#if defined(__CUDA_ARCH__)
        *reinterpret_cast<pack*>(to) = *this;
#else
        if (reinterpret_cast<std::uintptr_t>(to) % alignof(pack) != 0) __builtin_trap();
        std::memcpy(to, this, sizeof *this);
#endif
    }
};

/// Quotients by a number known when a kernel starts, without a division for n < 2^31: n m >> s with m = ⌈2^s / d⌉, s = 31 + ⌈log₂ d⌉
/// (Granlund & Montgomery 1994).
class fast_divmod {
public:
    fast_divmod() = default;
    explicit fast_divmod(std::uint64_t d) : divisor_{d == 0 ? 1 : d} {                // nothing is divided where an extent is 0
        while ((std::uint64_t{1} << (shift_ - 31)) < divisor_) ++shift_;
        factor_ = ((std::uint64_t{1} << shift_) + divisor_ - 1) / divisor_;
    }
    NCSN_HD std::uint32_t quotient(std::uint32_t n) const { return static_cast<std::uint32_t>((n * factor_) >> shift_); }
    NCSN_HD std::uint64_t quotient(std::uint64_t n) const { return n / divisor_; }
    NCSN_HD std::uint64_t divisor() const { return divisor_; }

private:
    std::uint64_t factor_ = std::uint64_t{1} << 31, divisor_ = 1;
    std::uint32_t shift_ = 31;
};

/// The largest count of indices that are given as std::uint32_t.
inline constexpr std::size_t narrow_indices = std::size_t{1} << 31;

}  // namespace ncsn
