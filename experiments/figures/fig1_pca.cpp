// SPDX-License-Identifier: Apache-2.0
/// \file  Figure 1, left, of Song & Ermon (2019): images lie near a linear subspace. Principal components of 10,000 images, and how many of them
/// reconstruct an image to within 0.01 of every pixel.
#include "../support/figure.hpp"

#include <ncsn/arrays/indexing.hpp>
#include <ncsn/statistics/pca.hpp>

#include <algorithm>

using namespace ncsn;
using matrix = principal_components::matrix;

constexpr std::size_t images_used = 10'000, shown = 10;
constexpr double bound = 0.01;

/// Points in the coordinates of their principal components, of which the last ones make the error.
struct reconstructions {
    principal_components components;
    matrix coordinates;  ///< [N, D]

    explicit reconstructions(const array& x)
        : components{pca(x, x.shape().row_size())},
          coordinates{(principal_components::rows_of(x).rowwise() - components.mean) * components.directions.transpose()} {}

    /// Over the images, the mean and the largest of the largest pixel error without all but the first k components.
    std::pair<double, double> error(std::size_t k) const {
        const auto rest = static_cast<Eigen::Index>(components.count() - k);
        if (rest == 0) return {0, 0};
        const Eigen::Index block = 500;                                             // images at a time: bounds the memory
        double total = 0, worst = 0;
        for (Eigen::Index first = 0; first < coordinates.rows(); first += block) {
            const Eigen::Index n = std::min(block, coordinates.rows() - first);
            const matrix missing = coordinates.block(first, coordinates.cols() - rest, n, rest) * components.directions.bottomRows(rest);
            const Eigen::VectorXd largest = missing.cwiseAbs().rowwise().maxCoeff();
            total += largest.sum();
            worst = std::max(worst, largest.maxCoeff());
        }
        return {total / static_cast<double>(coordinates.rows()), worst};
    }
    /// The smallest k whose error, as `pick` chooses it from the two, is within the bound. The error falls with k but for the last digits.
    template <class Pick> std::size_t fewest(const Pick& pick) const {
        std::size_t low = 0, high = components.count();
        while (high - low > 1) {
            const std::size_t k = (low + high) / 2;
            if (pick(error(k)) <= bound) high = k;
            else low = k;
        }
        return high;
    }
};

/// Images side by side as one picture of numbers 0 to 255, [H, count W, 3].
array strip(const array& images) {
    const shape& s = images.shape();
    std::vector<float> pixels;
    for (std::size_t row = 0; row < s[1]; ++row)
        for (std::size_t i = 0; i < s[0]; ++i)
            for (std::size_t column = 0; column < s[2]; ++column)
                for (std::size_t c = 0; c < 3; ++c) {
                    const float value = images[((i * s[1] + row) * s[2] + column) * s[3] + std::min(c, s[3] - 1)];
                    pixels.push_back(255 * std::clamp(value, 0.0f, 1.0f));
                }
    return {{s[1], s[0] * s[2], 3}, std::span<const float>{pixels}};
}

void analyse(figure& f, const std::string& name, const data_set& data, std::size_t printed) {
    const std::vector<std::size_t> rows = consecutive(images_used);
    const array x = data.batch(rows);
    const reconstructions found{x};
    const std::size_t of_mean = found.fewest([](const auto& error) { return error.first; });
    const double mean_at_printed = found.error(printed).first;
    f.measure(name + ".mean_k", static_cast<double>(of_mean));
    if (name == "mnist") f.measure("mnist.worst_k", static_cast<double>(found.fewest([](const auto& error) { return error.second; })));
    f.measure(name + ".mean_error", mean_at_printed);

    gnuplot_table curve;
    const std::size_t D = found.components.count();
    for (std::size_t step = 0; step <= 16; ++step) {
        const std::size_t k = D * step / 16;
        const auto [mean, worst] = found.error(k);
        curve.line(k, mean, worst, static_cast<double>(k) / static_cast<double>(D));
    }
    f.keep_text(name + "_error.txt", curve);
    const array few = gather_rows(x, std::span<const std::size_t>{rows}.first(shown));
    f.keep(name + "_originals", strip(few));
    f.keep(name + "_reconstructions", strip(found.components.reconstruct(few, printed)));
}

void run(figure& f) {
    for (const std::string& name : f.about.strings("needs", "data")) analyse(f, name, open_dataset<host_array>(name, split::train),
            f.option<std::size_t>(name));
}

int main(int argc, char** argv) {
    return reproduce(argc, argv, run);
}
