// SPDX-License-Identifier: Apache-2.0
/// \file  What is measured on images: noise, values outside the range, and whether a classifier takes them for digits.
#pragma once

#include "drawing.hpp"

#include <ncsn/arrays/indexing.hpp>
#include <ncsn/models/digit_classifier.hpp>
#include <ncsn/training/checkpoint.hpp>
#include <ncsn/training/cross_entropy.hpp>

#include <numbers>

namespace ncsn {

/// The standard deviation of the noise in images, from what a twice differenced kernel leaves of them (Immerkær 1996): √(π/2)/6 times the mean of
/// |[1 −2 1; −2 4 −2; 1 −2 1] * x|. Edges count a little as noise, so numbers are for comparisons.   x: [N,H,W,C].
inline double noise_of(const host_array& x) {
    const std::size_t N = x.shape()[0], H = x.shape()[1], W = x.shape()[2], C = x.shape()[3];
    require(H > 2 && W > 2, "noise_of: images of ", H, " x ", W, " pixels; at least 3 x 3 were expected");
    double total = 0;
    const auto at = [&](std::size_t n, std::size_t row, std::size_t column, std::size_t c) { return x.data()[((n * H + row) * W + column) * C + c]; };
    for (std::size_t n = 0; n < N; ++n)
        for (std::size_t row = 1; row + 1 < H; ++row)
            for (std::size_t column = 1; column + 1 < W; ++column)
                for (std::size_t c = 0; c < C; ++c) {
                    double sum = 0;
                    for (std::size_t i = 0; i < 3; ++i)
                        for (std::size_t j = 0; j < 3; ++j)
                            sum += (i == 1 ? -2 : 1) * (j == 1 ? -2 : 1) * static_cast<double>(at(n, row + i - 1, column + j - 1, c));
                    total += std::abs(sum);
                }
    return std::sqrt(std::numbers::pi / 2) / 6 * total / static_cast<double>(N * (H - 2) * (W - 2) * C);
}

/// The share of the numbers outside [0, 1], where a picture is clipped.
inline double saturation_of(const host_array& x) {
    return static_cast<double>(std::ranges::count_if(x.values(), [](float v) { return v < 0 || v > 1; })) / static_cast<double>(x.size());
}

/// A classifier of digits with its weights.
class digit_judge {
public:
    explicit digit_judge(const std::filesystem::path& weights) {
        philox rng;
        model_ = digit_classifier<array>{rng};
        load_weights(weights, model_);
    }
    /// How many of the images it takes for a digit with probability above 0.9.   x: [N,28,28,1].
    std::size_t sure_of(const host_array& x) const {
        std::size_t sure = 0;
        const std::size_t n = x.shape()[0], most = 250;                             // at a time: bounds the memory
        for (std::size_t first = 0; first < n; first += most) {
            std::vector<std::size_t> rows(std::min(most, n - first));
            for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = first + i;
            const host_array part = map(gather_rows(x, std::span<const std::size_t>{rows}), [](float v) { return v < 0 ? 0.f : v > 1 ? 1.f : v; });
            for (const prediction& p : predictions(model_(on_device<default_device>(part)))) sure += p.probability > 0.9;
        }
        return sure;
    }

private:
    digit_classifier<array> model_;
};

/// The quantities that "measure" of the description or of a panel names: NAME.digits, NAME.noise, NAME.saturated. Others may be known to the kind.
class judging {
public:
    judging(const figure& f, const std::vector<panel>& panels, std::vector<std::string> known = {}) {
        known.insert(known.begin(), {"digits", "noise", "saturated"});
        std::string names;
        for (const std::string& name : known) names += (names.empty() ? "" : ", ") + name;
        for (const panel& p : panels)
            for (const std::string& name : p.measure)
                require(std::ranges::find(known, name) != known.end(), "figure ", f.id, ": measure \"", name, "\"; of the kind ",
                        f.about.string("kind"), ' ', names, " are known");
        if (std::ranges::any_of(panels, [](const panel& p) { return asked(p, "digits"); })) judge_.emplace(f.networks.at(judge_name));
    }
    /// `name`: of the quantities, that of the panel or what it begins with.
    void measure(figure& f, const panel& p, const std::string& name, const host_array& x) const {
        if (asked(p, "digits")) f.measure_share(name + ".digits", judge_->sure_of(x), x.shape()[0]);
        if (asked(p, "noise")) f.measure(name + ".noise", noise_of(x));
        if (asked(p, "saturated")) f.measure(name + ".saturated", saturation_of(x));
    }
    /// What the same classifier says of test digits, and of pictures made of the left half of one and the right half of another: strokes of digits
    /// that are no digit. real.digits and halves.digits, of as many images as there are samples.
    void measure_controls(figure& f, std::size_t count) const {
        if (!judge_) return;
        const auto test = open_dataset<host_array>("mnist", split::test);
        std::vector<std::size_t> rows(count), others(count);
        for (std::size_t i = 0; i < count; ++i) rows[i] = (f.seed * count + i) % test.size(), others[i] = (rows[i] + test.size() / 2) % test.size();
        const host_array real = test.batch(rows), other = test.batch(others);
        host_array halves = real;
        float* const to = halves.write();
        for (std::size_t i = 0; i < halves.size(); ++i)
            if (i % 28 >= 14) to[i] = other.data()[i];
        f.measure_share("real.digits", judge_->sure_of(real), count);
        f.measure_share("halves.digits", judge_->sure_of(halves), count);
    }

private:
    static bool asked(const panel& p, const char* name) { return std::ranges::find(p.measure, name) != p.measure.end(); }

    std::optional<digit_judge> judge_;
};

}  // namespace ncsn
