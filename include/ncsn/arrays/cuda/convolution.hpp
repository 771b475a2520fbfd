// SPDX-License-Identifier: Apache-2.0
/// \file  The convolution and its two transposes on a GPU, by cuDNN, in NHWC throughout.
///
/// Tensor cores take channels in 16-byte pieces: 8 of bfloat16, 4 of TF32. Other numbers of channels (images have 1 or 3) are filled up with zeros
/// here rather than left to slower kernels; only the thin first and last layers pay for it. Where cuDNN has no kernel, the windows are gathered
/// (kernels/convolution.hpp) and cuda::on_warning is told.
#pragma once

#include <ncsn/arrays/cuda/convolution_plan.hpp>
#include <ncsn/arrays/kernels/convolution.hpp>


namespace ncsn {

/// Channels filled up to what the tensor cores take.
template <class T> std::size_t whole_channels(std::size_t channels) {
    const std::size_t piece = sizeof(T) == 2 ? 8 : sizeof(T) == 4 && cuda::math == cuda::precision::tf32 ? 4 : 1;
    return (channels + piece - 1) / piece * piece;
}

/// Runs a task by cuDNN; false if it cannot, which cuda::on_warning is told once for every task.
template <class T> bool run_convolution(const convolution_task& task, const convolution_operands& operands) {
    planned_convolution& planned = planned_convolution::get(task, operands);
    if (planned.plan) planned.plan->run(operands);
    else if (!task.biased && !planned.told && cuda::on_warning) {                    // with a bias: the same without it comes next
        planned.told = true;
        plain_text text;
        text << "cuda: cuDNN has no kernel for " << task << ": " << planned.reason << "; windows are gathered instead, which is far slower";
        cuda::on_warning(text.str());
    }
    return planned.plan != nullptr;
}

/// x [N,H,W,I], w [O,kh,kw,I], bias [O] or empty -> [N,H',W',O].
template <class T> tensor<T, cuda> convolve(const tensor<T, cuda>& x, const tensor<T, cuda>& w, const tensor<T, cuda>& bias, conv_window c) {
    const shape ys = convolved(x.shape(), w.shape(), c), &xs = x.shape(), &ws = w.shape();
    require_bias("conv2d", bias, ws, ws[0]);
    if (ys.size() == 0) return tensor<T, cuda>::uninitialized(ys);
    const std::size_t in = whole_channels<T>(ws[3]), out = whole_channels<T>(ws[0]);
    if (in != ws[3] || out != ws[0])
        return with_ends(convolve(with_ends(x, xs[0], in), with_ends(w, out, in),
                                  bias.empty() ? bias : with_ends(bias.reshaped({1, ws[0]}), 1, out), c),
                         xs[0], ws[0]);
    auto y = tensor<T, cuda>::uninitialized(ys);
    T* to = y.write();
    if (!bias.empty() && run_convolution<T>({convolution_way::forward, cudnn_type<T>, true, xs, ws, ys, c}, {x.data(), w.data(), to, bias.data()}))
        return y;
    if (!run_convolution<T>({convolution_way::forward, cudnn_type<T>, false, xs, ws, ys, c}, {x.data(), w.data(), to, nullptr}))
        return gathered_convolve(x, w, bias, c);
    add_bias(y, bias);
    return y;
}

/// The transpose of x -> convolve(x, w): ȳ [N,H',W',O], w [O,kh,kw,I] -> x_shape [N,H,W,I]. Also the transposed convolution, whose bias is [I].
template <class T> tensor<T, cuda> convolve_input_gradient(const tensor<T, cuda>& y_adjoint, const tensor<T, cuda>& w, const shape& x_shape,
                                                           conv_window c, const tensor<T, cuda>& bias = {}) {
    const shape &ys = y_adjoint.shape(), &ws = w.shape(), &xs = x_shape;
    require_convolved("conv2d transposed", xs, ws, ys, c);
    require_bias("conv2d transposed", bias, ws, ws[3]);
    if (xs.size() == 0) return tensor<T, cuda>::uninitialized(xs);
    const std::size_t in = whole_channels<T>(ws[3]), out = whole_channels<T>(ws[0]);
    if (in != ws[3] || out != ws[0])
        return with_ends(convolve_input_gradient(with_ends(y_adjoint, ys[0], out), with_ends(w, out, in), {xs[0], xs[1], xs[2], in}, c,
                                                 bias.empty() ? bias : with_ends(bias.reshaped({1, ws[3]}), 1, in)),
                         xs[0], ws[3]);
    auto x = tensor<T, cuda>::uninitialized(xs);
    T* to = x.write();
    if (!run_convolution<T>({convolution_way::input_gradient, cudnn_type<T>, false, xs, ws, ys, c}, {to, w.data(), y_adjoint.data(), nullptr}))
        return gathered_input_gradient(y_adjoint, w, xs, c, bias);
    add_bias(x, bias);
    return x;
}

/// The transpose of w -> convolve(x, w): ȳ [N,H',W',O], x [N,H,W,I] -> w_shape [O,kh,kw,I].
template <class T> tensor<T, cuda> convolve_filter_gradient(const tensor<T, cuda>& y_adjoint, const tensor<T, cuda>& x, const shape& w_shape,
                                                            conv_window c) {
    const shape &ys = y_adjoint.shape(), &xs = x.shape(), &ws = w_shape;
    require_convolved("conv2d filter gradient", xs, ws, ys, c);
    if (ys.size() == 0 || xs.size() == 0) return tensor<T, cuda>(ws);
    const std::size_t in = whole_channels<T>(ws[3]), out = whole_channels<T>(ws[0]);
    if (in != ws[3] || out != ws[0])
        return with_ends(convolve_filter_gradient(with_ends(y_adjoint, ys[0], out), with_ends(x, xs[0], in), {out, ws[1], ws[2], in}, c),
                         ws[0], ws[3]);
    auto w = tensor<T, cuda>::uninitialized(ws);
    T* to = w.write();
    if (!run_convolution<T>({convolution_way::filter_gradient, cudnn_type<T>, false, xs, ws, ys, c}, {x.data(), to, y_adjoint.data(), nullptr}))
        return gathered_filter_gradient(y_adjoint, x, ws, c);
    return w;
}

}  // namespace ncsn
