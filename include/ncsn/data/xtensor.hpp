// SPDX-License-Identifier: Apache-2.0
/// \file  Data sets from xtensor expressions. Their pixels as an expression are as_xtensor(data.pixels). Nothing else includes it.
#pragma once

#include <ncsn/arrays/files/png.hpp>
#include <ncsn/arrays/xtensor.hpp>
#include <ncsn/data/dataset.hpp>

#include <xtensor/xmath.hpp>

namespace ncsn {

/// Images from an expression [N,H,W,C], or [N,H,W] for grey ones: bytes as they are, floating-point numbers by pixel_byte, so from [0, 1].
template <Array A, class E> images<A> images_from(const xt::xexpression<E>& pixels, std::vector<label> labels = {}) {
    using T = typename E::value_type;
    static_assert(std::floating_point<T> || std::same_as<T, std::uint8_t>, "images_from: pixels are bytes, or floating-point numbers in [0, 1]");
    const E& e = pixels.derived_cast();
    auto bytes = [&e] {
        if constexpr (std::floating_point<T>) return from_xtensor<tensor<std::uint8_t, cpu>>(xt::make_lambda_xfunction(pixel_byte<T>, e));
        else return from_xtensor<tensor<std::uint8_t, cpu>>(e);
    }();
    const shape s = bytes.shape();
    if (s.rank() == 3) bytes = bytes.reshaped({s[0], s[1], s[2], 1});
    return images<A>{std::move(bytes), std::move(labels)};
}

}  // namespace ncsn
