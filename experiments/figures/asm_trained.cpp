// SPDX-License-Identifier: Apache-2.0
/// \file  Sections 3 and 4 of Jolicoeur-Martineau et al. (2020) with a trained network: the noise that its chains have at every level, what they keep
/// of where they start, and a schedule of noise against an estimate by norm.
///
/// Some pixels are the same in all training images. What chains have there is noise and nothing else, and its deviation is exact where a pixel of
/// a digit's edge would leave open what is noise.
#include "../digits.hpp"
#include "../networks/trained_network.hpp"
#include "../support/figure.hpp"

#include <ncsn/levels/choice.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/consistent.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/statistics/kernel_distance.hpp>

using namespace ncsn;

namespace {

/// The pixels that no training image differs in.
std::vector<std::size_t> still_pixels(const data_set& data) {
    const std::size_t size = data.shape().row_size(), part = 1000;
    const host_array first = data.batch(consecutive(1));
    std::vector<bool> still(size, true);
    for (std::size_t begin = 0; begin < data.size(); begin += part) {
        const host_array some = data.batch(consecutive(std::min(part, data.size() - begin), begin));
        for (std::size_t i = 0; i < some.size(); ++i)
            if (some[i] != first[i % size]) still[i % size] = false;
    }
    std::vector<std::size_t> found;
    for (std::size_t j = 0; j < size; ++j)
        if (still[j]) found.push_back(j);
    return found;
}
/// The standard deviation of all chains in these pixels.
double deviation(const array& x, const std::vector<std::size_t>& pixels) {
    const std::size_t size = x.shape().row_size();
    double sum = 0, squares = 0;
    for (std::size_t k = 0; k < x.shape()[0]; ++k)
        for (const std::size_t j : pixels) {
            const double value = x[k * size + j];
            sum += value, squares += value * value;
        }
    const auto n = static_cast<double>(x.shape()[0] * pixels.size());
    return std::sqrt(std::max(0.0, squares / n - sum * sum / (n * n)));
}

/// Consistent annealed sampling that takes the noise in each x from its score, τ = σ² |s| / √D, and not from the schedule, in the manner of
/// Kadkhodaie & Simoncelli (2020): fresh noise fills what (1 - η) τ leaves up to σᵢ₊₁.
struct consistent_by_norm {
    step_size epsilon;

    template <Array A> A operator()(const ScoreModel<A> auto& score, const A& x, const noise_level& level, Generator auto& rng) const {
        const double eta = epsilon.full / (level.last * level.last), drift = eta * level.sigma * level.sigma;
        const A s = score(x, level);
        if (level.next == 0) return x + drift * s;
        A fresh = normal_like(x, rng);
        const std::size_t size = x.shape().row_size();
        auto* z = fresh.write();
        const A squares = row_dot(s, s);
        for (std::size_t k = 0; k < x.shape()[0]; ++k) {
            const double left = (1 - eta) * level.sigma * level.sigma * std::sqrt(static_cast<double>(squares[k]) / static_cast<double>(size));
            const auto width = static_cast<float>(std::sqrt(std::max(0.0, level.next * level.next - left * left)));
            for (std::size_t j = 0; j < size; ++j) z[k * size + j] *= width;
        }
        return x + drift * s + fresh;
    }
};

/// Where chains end, and their noise at the start and after each level.
struct walk {
    array end;
    std::vector<double> noise;
};

class experiment {
public:
    explicit experiment(figure& f)
        : f_{f}, network_{f.networks.at(f.about.strings("needs", "networks").at(0))},
          training_{open_dataset<host_array>(f.about.strings("needs", "data").at(0), split::train)},
          test_{open_dataset<host_array>(f.about.strings("needs", "data").at(0), split::test)}, still_{still_pixels(training_)} {
        require(still_.size() >= 16, "figure ", f.id, ": ", still_.size(), " pixels are the same in all training images; 16 or more were expected, "
                "for in these noise is measured");
    }
    void run() {
        noise_by_level();
        starts_and_estimates();
    }

private:
    template <class K> walk walked(const K& transition, const array& start) {
        walk w{start, {deviation(start, still_)}};
        philox rng{f_.seed};                                                        // the same numbers for all
        w.end = annealed{network_.sigmas, transition}(network_, start, rng,
                                                      [&](const noise_level&, const array& x) { w.noise.push_back(deviation(x, still_)); });
        return w;
    }
    array images_of_this_seed(const char* how_many) const { return images_of_seed(test_, f_.option<std::size_t>(how_many), f_.seed); }
    array noise(const shape& s) {
        philox rng = philox{f_.seed, 1};
        return static_cast<float>(network_.sigmas.front()) * normal<array>(s, rng);
    }
    /// Noise over another noise at the levels after the first: the least, the mean, and how far off in the mean, |ln|.
    void compare(const std::string& name, const walk& w, std::span<const double> other) {
        double least = std::numeric_limits<double>::infinity(), mean = 0, off = 0;
        const std::size_t levels = network_.sigmas.size();
        for (std::size_t i = 1; i < levels; ++i) {
            const double ratio = w.noise[i] / other[i];
            least = std::min(least, ratio), mean += ratio / static_cast<double>(levels - 1);
            off += std::abs(std::log(ratio)) / static_cast<double>(levels - 1);
        }
        f_.measure(name + ".least", least);
        f_.measure(name + ".mean", mean);
        f_.measure(name + ".off", off);
    }
    void noise_by_level() {
        const array images = images_of_this_seed("chains"), start = images + noise(images.shape());
        const double als = f_.option<double>("als-epsilon"), cas = f_.option<double>("cas-epsilon");
        const double eta = als / (network_.sigmas.back() * network_.sigmas.back());
        const auto one = langevin_deviations(network_.sigmas, eta, 1), five = langevin_deviations(network_.sigmas, eta, 5);
        const walk w1 = walked(langevin{full_step(als)}, start), w5 = walked(repeat{5, langevin{full_step(als)}}, start);
        const walk wc = walked(consistent{full_step(cas)}, start);
        compare("als1", w1, network_.sigmas), compare("als5", w5, network_.sigmas), compare("cas", wc, network_.sigmas);
        compare("als1.perfect", w1, one), compare("als5.perfect", w5, five);
        gnuplot_table table;
        for (std::size_t i = 0; i < network_.sigmas.size(); ++i) {
            const double sigma = network_.sigmas[i];
            table.line(sigma, w1.noise[i] / sigma, one[i] / sigma, w5.noise[i] / sigma, five[i] / sigma, wc.noise[i] / sigma);
        }
        f_.keep_text("noise.txt", table);
    }
    void starts_and_estimates() {
        const array images = images_of_this_seed("count");
        const std::size_t count = images.shape()[0], size = images.shape().row_size();
        const array z = noise(images.shape());
        const step_size epsilon = full_step(f_.option<double>("cas-epsilon"));
        const array of_data = walked(consistent{epsilon}, images + z).end, of_noise = walked(consistent{epsilon}, z).end;
        const array by_norm = walked(consistent_by_norm{epsilon}, z).end;

        // How much nearer an end is to the image that its chain started from than to the next one, of what two images differ by.
        double nearer = 0, apart = 0;
        for (std::size_t k = 0; k < count; ++k)
            for (std::size_t j = 0; j < size; ++j) {
                const double end = of_data[k * size + j], own = images[k * size + j], other = images[(k + 1) % count * size + j];
                nearer += (end - other) * (end - other) - (end - own) * (end - own), apart += (own - other) * (own - other);
            }
        f_.measure("start.memory", nearer / apart);

        const classifier judge = load_classifier(f_.networks.at("mnist_classifier"));
        const auto features = [&](const host_array& x) { return host_array{judge.features(clamped(x))}; };
        const std::size_t reference = std::min(f_.option<std::size_t>("reference"), test_.size());
        const host_array real = features(test_.batch(consecutive(reference)));
        const auto distance = [&](const host_array& x) { return kernel_distance(features(x), real, philox{f_.seed, 2}).value; };
        f_.measure("data.kd_digits", distance(of_data));
        f_.measure("noise.kd_digits", distance(of_noise));
        f_.measure("norm.kd_digits", distance(by_norm));
        f_.measure("real.kd_digits", distance(images_of_seed(training_, count, f_.seed)));
        const auto shown = consecutive(std::min<std::size_t>(count, 32));
        const auto picture = [&](const std::string& name, const host_array& x) {
            if (f_.first()) save_image_grid(f_.out / (name + ".png"), gather_rows(x, std::span<const std::size_t>{shown}), {.columns = 8});
        };
        picture("data", of_data), picture("noise", of_noise), picture("norm", by_norm);
    }

    figure& f_;
    trained_network network_;
    data_set training_, test_;
    std::vector<std::size_t> still_;
};

}  // namespace

int main(int argc, char** argv) {
    return reproduce(argc, argv, [](figure& f) { experiment{f}.run(); });
}
