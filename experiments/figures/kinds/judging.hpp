// SPDX-License-Identifier: Apache-2.0
/// \file  What is measured on images: noise, values outside the range, and whether a classifier takes them for digits.
#pragma once

#include "../../digits.hpp"
#include "drawing.hpp"

#include <array>
#include <cmath>
#include <numbers>
#include <span>

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

/// How many of the images a classifier takes for a digit with probability above 0.9.   x: [N,28,28,1].
inline std::size_t sure_of(const classifier& model, const host_array& x) {
    return static_cast<std::size_t>(std::ranges::count_if(judged(model, x), [](const prediction& p) { return p.probability > 0.9; }));
}

/// How the images are spread over the ten digits that a classifier calls them: exp of the entropy of their shares, 10 where all are as frequent and 1
/// where one is all; and the share of the most frequent.   x: [N,28,28,1].
struct digit_spread {
    double kinds = 0, commonest = 0;

    explicit digit_spread(std::span<const std::size_t> counts) {
        double all = 0, entropy = 0;
        for (const std::size_t count : counts) all += static_cast<double>(count);
        for (const std::size_t count : counts) {
            const double share = static_cast<double>(count) / all;
            if (count > 0) entropy -= share * std::log(share);
            commonest = std::max(commonest, share);
        }
        kinds = std::exp(entropy);
    }
};
inline digit_spread spread_of(const classifier& model, const host_array& x) {
    std::array<std::size_t, 10> counts{};
    for (const prediction& p : judged(model, x)) ++counts[p.label];
    return digit_spread{counts};
}

/// The quantities that "measure" of the description or of a panel names: NAME.digits, NAME.kinds and NAME.commonest (digit_spread), NAME.noise,
/// NAME.saturated; of StackedMNIST NAME.modes, NAME.divergence, NAME.divergence_as_coded (mode_coverage; option "asked": what the last divides by,
/// where fewer samples are drawn). Others may be known to the kind.
class judging {
public:
    judging(const figure& f, std::vector<panel>& panels, std::vector<std::string> known = {}) {
        for (panel& p : panels) asked_ = taken<std::size_t>(p, "asked", 0);
        known.insert(known.begin(), {"digits", "kinds", "commonest", "noise", "saturated"});
        known.insert(known.end(), modes.begin(), modes.end());
        std::string names;
        for (const std::string& name : known) names += (names.empty() ? "" : ", ") + name;
        for (const panel& p : panels)
            for (const std::string& name : p.measure)
                require(std::ranges::find(known, name) != known.end(), "figure ", f.id, ": measure \"", name, "\"; of the kind ",
                        f.about.string("kind"), ' ', names, " are known");
        const auto any = [&](const auto& asks) { return std::ranges::any_of(panels, asks); };
        digits_ = any([](const panel& p) { return asked(p, "digits"); });
        for (const std::string& name : spreads)
            if (any([&](const panel& p) { return asked(p, name); })) spread_.push_back(name);
        for (const std::string& name : modes)
            if (any([&](const panel& p) { return asked(p, name); })) modes_.push_back(name);
        if (digits_ || !spread_.empty() || !modes_.empty()) judge_ = load_classifier(f.networks.at(judge_name));
    }
    /// `name`: of the quantities, that of the panel or what it begins with.
    void measure(figure& f, const panel& p, const std::string& name, const host_array& x) const {
        if (asked(p, "digits")) f.measure_share(name + ".digits", sure_of(*judge_, x), x.shape()[0]);
        if (asked(p, "noise")) f.measure(name + ".noise", noise_of(x));
        if (asked(p, "saturated")) f.measure(name + ".saturated", saturation_of(x));
        measure_spread(f, p.measure, name, x);
        measure_modes(f, p.measure, name, x);
    }
    /// What the same classifier says of as many test digits as there are samples, and of pictures made of the left half of one and the right half of
    /// another, strokes of digits that are no digit: real.digits and halves.digits. So real.kinds, and of StackedMNIST real.modes and so on.
    void measure_controls(figure& f, std::size_t count) const {
        if (digits_) {
            const auto test = open_dataset<host_array>("mnist", split::test);
            const host_array real = images_of_seed(test, count, f.seed), other = images_of_seed(test, count, f.seed, test.size() / 2);
            host_array halves = real;
            float* const to = halves.write();
            for (std::size_t i = 0; i < halves.size(); ++i)
                if (i % 28 >= 14) to[i] = other.data()[i];
            f.measure_share("real.digits", sure_of(*judge_, real), count);
            f.measure_share("halves.digits", sure_of(*judge_, halves), count);
        }
        if (!spread_.empty()) measure_spread(f, spread_, "real", images_of_seed(open_dataset<host_array>("mnist", split::test), count, f.seed));
        if (!modes_.empty())
            measure_modes(f, modes_, "real", images_of_seed(open_dataset<host_array>("stacked-mnist", split::test), count, f.seed));
    }

private:
    static bool asked(const panel& p, const std::string& name) { return std::ranges::find(p.measure, name) != p.measure.end(); }
    void measure_spread(figure& f, const std::vector<std::string>& wanted, const std::string& name, const host_array& x) const {
        std::optional<digit_spread> found;
        for (const std::string& one : wanted) {
            if (std::ranges::find(spreads, one) == spreads.end()) continue;
            if (!found) found = spread_of(*judge_, x);
            f.measure(name + '.' + one, one == "kinds" ? found->kinds : found->commonest);
        }
    }
    /// Those of them that are asked for.
    void measure_modes(figure& f, const std::vector<std::string>& wanted, const std::string& name, const host_array& x) const {
        std::optional<mode_coverage> found;
        for (const std::string& one : wanted) {
            if (std::ranges::find(modes, one) == modes.end()) continue;
            if (!found) found = stacked_modes(*judge_, x);
            f.measure(name + '.' + one, one == "modes"        ? static_cast<double>(found->modes())
                                        : one == "divergence" ? found->divergence()
                                                              : found->divergence_as_coded(asked_));
        }
    }

    inline static const std::vector<std::string> spreads{"kinds", "commonest"}, modes{"modes", "divergence", "divergence_as_coded"};
    std::optional<classifier> judge_;
    bool digits_ = false;
    std::vector<std::string> spread_, modes_;                                       ///< those that any panel asks for
    std::size_t asked_ = 0;
};

}  // namespace ncsn
