// SPDX-License-Identifier: Apache-2.0
/// \file  Convolutions in single precision by oneDNN's direct kernels.
#pragma once

#include <ncsn/arrays/cpu/onednn.hpp>

#include <algorithm>
#include <unordered_map>

namespace ncsn {

/// y from x, w and a bias that may be empty.
inline void direct_convolution(const tensor<float, cpu>& x, const tensor<float, cpu>& w, const tensor<float, cpu>& bias, const shape& ys,
                               const grouped_window& c, float* out, const convolution_end& end = {}) {
    onednn_call("conv2d", x.shape(), w.shape(), {c.stride, c.top, c.dilation}, [&] {
        const auto kernel = compiled_convolution::get(convolution_direction::forward, x.shape(), w.shape(), ys, c, !bias.empty(),
                                                      threads_available(), end);
        const auto packed = kernel->weights(w);
        const scratch working{kernel->scratch_bytes};
        std::unordered_map<int, dnnl::memory> arguments{{DNNL_ARG_SRC, kernel->over(kernel->x, x.data())}, {DNNL_ARG_WEIGHTS, packed->memory},
                                                        {DNNL_ARG_DST, kernel->over(kernel->y, out)},
                                                        {DNNL_ARG_SCRATCHPAD, kernel->working(working)}};
        if (!bias.empty()) arguments.emplace(DNNL_ARG_BIAS, kernel->over(kernel->bias, bias.data()));
        kernel->kernel.execute(onednn_stream(), arguments);
    });
}

/// x̄ from ȳ and w.
inline void direct_input_gradient(const tensor<float, cpu>& y_adjoint, const tensor<float, cpu>& w, const shape& xs, const conv_window& c,
                                  float* out) {
    onednn_call("conv2d transposed", xs, w.shape(), c, [&] {
        const auto kernel = compiled_convolution::get(convolution_direction::input_gradient, xs, w.shape(), y_adjoint.shape(), c, false,
                                                      threads_available());
        const auto packed = kernel->weights(w);
        const scratch working{kernel->scratch_bytes};
        kernel->kernel.execute(onednn_stream(), {{DNNL_ARG_DIFF_DST, kernel->over(kernel->y, y_adjoint.data())}, {DNNL_ARG_WEIGHTS, packed->memory},
                                                 {DNNL_ARG_DIFF_SRC, kernel->over(kernel->x, out)},
                                                 {DNNL_ARG_SCRATCHPAD, kernel->working(working)}});
    });
}

/// w̄ from ȳ and x. The batch is cut into parts of a size that the shape alone decides, each summed by one thread, and the parts are added in
/// order; so the sum is the same for every number of threads. w̄ of as many parts as threads is held at a time.
inline void direct_filter_gradient(const tensor<float, cpu>& y_adjoint, const tensor<float, cpu>& x, const shape& ws, const conv_window& c,
                                   float* out) {
    constexpr std::size_t positions_a_part = 1024;
    const shape &xs = x.shape(), &ys = y_adjoint.shape();
    const std::size_t samples = xs[0], wished = (samples * ys[1] * ys[2] + positions_a_part - 1) / positions_a_part;
    const std::size_t even = std::clamp<std::size_t>((wished + 1) / 2 * 2, 1, samples);                         // two threads have as much to do
    const std::size_t most = (samples + even - 1) / even, parts = (samples + most - 1) / most;
    onednn_call("conv2d filter gradient", xs, ws, c, [&] {
        const auto kernel_for = [&](std::size_t n) {
            return compiled_convolution::get(convolution_direction::filter_gradient, xs.with_rows(n), ws, ys.with_rows(n), c, false, 1);
        };
        const auto whole = kernel_for(most), last = kernel_for(samples - (parts - 1) * most);
        require(last->w == whole->w, "conv2d: oneDNN orders the weights ", ws, " differently for ", most, " and ", samples - (parts - 1) * most,
                " samples");
        const std::size_t size = whole->w.get_size() / sizeof(float), together = std::min(parts, threads_available());
        const scratch total{size * sizeof(float)};
        const worker_scratch<float> sums{together, size}, working{together, std::max(whole->scratch_bytes, last->scratch_bytes) / sizeof(float) + 1};
        float* const sum = static_cast<float*>(total.data());
        for (std::size_t first = 0; first < parts; first += together) {
            const std::size_t count = std::min(together, parts - first);
            for_each_job(count, xs.size(), [&](std::size_t job, std::size_t) {
                const auto& kernel = first + job + 1 == parts ? *last : *whole;
                const std::size_t start = (first + job) * most;
                kernel.kernel.execute(onednn_stream(), {{DNNL_ARG_DIFF_DST, kernel.over(kernel.y, y_adjoint.data() + start * ys.row_size())},
                                                        {DNNL_ARG_SRC, kernel.over(kernel.x, x.data() + start * xs.row_size())},
                                                        {DNNL_ARG_DIFF_WEIGHTS, kernel.over(kernel.w, first + job == 0 ? sum : sums[job])},
                                                        {DNNL_ARG_SCRATCHPAD, kernel.over(kernel.scratchpad, working[job])}});
            });
            for_each_block(size, parallel_grain, [&](std::size_t begin, std::size_t end) {
                for (std::size_t job = first == 0 ? 1 : 0; job < count; ++job)
                    for (std::size_t k = begin; k < end; ++k) sum[k] += sums[job][k];
            });
        }
        dnnl::memory from = whole->over(whole->w, sum), to = whole->over(whole->plain_weights, out);
        whole->reorder.execute(onednn_stream(), from, to);
    });
}

}  // namespace ncsn
