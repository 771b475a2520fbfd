// SPDX-License-Identifier: Apache-2.0
/// \file  CIFAR-10 in its binary form.
#pragma once

#include <ncsn/arrays/files/read_file.hpp>
#include <ncsn/data/dataset.hpp>

#include <string>

namespace ncsn {

/// CIFAR-10 (Krizhevsky 2009): 50,000 and 10,000 colour images of ten kinds, 32 x 32. A file holds 10,000 records of one label byte and three
/// planes (red, green, blue) of 1024 bytes; here the channels come last.   pixels: [N,32,32,3].
template <Array A> images<A> cifar10(const std::filesystem::path& folder, split which = split::train) {
    constexpr std::size_t side = 32, channels = 3, plane = side * side, record = 1 + channels * plane, records = 10'000;
    const std::vector<std::string> train{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"};
    const std::vector<std::string> names = which == split::train ? train : std::vector<std::string>{"test_batch.bin"};
    std::error_code ignored;
    std::filesystem::path found = folder;
    for (const char* below : {"cifar-10-batches-bin", "cifar10", "cifar10/cifar-10-batches-bin"}) {
        if (std::filesystem::is_regular_file(folder / below / names.front(), ignored)) found = folder / below;
    }
    auto pixels = tensor<std::uint8_t, cpu>::uninitialized({names.size() * records, side, side, channels});
    std::vector<label> labels;
    labels.reserve(names.size() * records);
    std::uint8_t* to = pixels.write();
    for (const auto& name : names) {
        const auto bytes = read_file(found / name, "run data/fetch cifar10, or give the folder that holds cifar-10-batches-bin");
        require(bytes.size() == records * record, "cifar10 ", found / name, ": ", bytes.size(), " bytes; ", records * record,
                " were expected (10,000 records of 3,073); run data/fetch cifar10");
        for (std::size_t i = 0; i < records; ++i) {
            const std::uint8_t* from = bytes.data() + i * record;
            require(*from <= 9, "cifar10 ", found / name, ": record ", i, " has the label ", int{*from},
                    "; 0 to 9 was expected; run data/fetch cifar10");
            labels.push_back(*from++);
            for (std::size_t p = 0; p < plane; ++p) {
                for (std::size_t c = 0; c < channels; ++c) *to++ = from[c * plane + p];
            }
        }
    }
    return images<A>{std::move(pixels), std::move(labels)};
}
/// The same through a transform:  cifar10<array>("data/cifar10", rescaled{-1, 1}).
template <Array A, Transform<A> F> transformed<images<A>, F> cifar10(const std::filesystem::path& folder, F transform, split which = split::train) {
    return {cifar10<A>(folder, which), std::move(transform)};
}

}  // namespace ncsn
