// SPDX-License-Identifier: Apache-2.0
/// \file  Batch normalisation as layers.
#include <ncsn/layers/batch_norm.hpp>
#include <support/check_every_mode.hpp>

using namespace ncsn;

namespace {

const reals x = 2.0 * some({3, 2, 4, 5}) + 1.0, weight = some({5}, 2), bias = some({5}, 3);

}  // namespace

BOOST_AUTO_TEST_CASE(each_channel_of_the_batch_gets_mean_0_and_variance_1_then_weight_and_bias) {
    batch_norm_layer<reals> layer{5};
    const reals plain = layer(x);
    for (std::size_t c = 0; c < 5; ++c) {
        double mean = 0, square = 0;
        for (std::size_t p = 0; p < 24; ++p) mean += plain[p * 5 + c] / 24, square += plain[p * 5 + c] * plain[p * 5 + c] / 24;
        BOOST_TEST(std::abs(mean) < 1e-14);
        BOOST_TEST(std::abs(square - 1) < 1e-3);                                     // ε = 1e-3 beside a variance of 4
        BOOST_TEST(square < 1);
    }
    layer.weight = weight, layer.bias = bias;
    check_every_mode("batch_norm_layer", layer, x, [&](const reals&) { return reals{plain * weight + bias}; });
}

BOOST_AUTO_TEST_CASE(frozen_statistics_leave_a_map_of_each_number_alone) {
    frozen_batch_norm_layer<reals> layer{5};
    layer.weight = weight, layer.bias = bias;
    check_every_mode("frozen_batch_norm_layer", layer, x, [](const reals& at) {
        reals y = at;
        for (std::size_t i = 0; i < y.size(); ++i) y.write()[i] = weight[i % 5] * at[i] / std::sqrt(1.001) + bias[i % 5];
        return y;
    });
}

namespace {

/// Two norms with something between them, so that the second sees what the first made of the batch.
template <class P, class By = statistics_of_batch> struct two_norms {
    running_batch_norm_layer<P, By> first, second;
    static constexpr std::tuple members{field{"first", &two_norms::first}, field{"second", &two_norms::second}};
    auto operator()(const Differentiable auto& at) const { return second(square(first(at))); }
};
struct statistics {
    std::vector<double> mean, variance;                                             ///< of each channel; sum of squares over n - ddof
};
statistics of_channels(const reals& at, std::size_t ddof) {
    const std::size_t channels = at.shape().back(), n = at.size() / channels;
    statistics s{std::vector<double>(channels), std::vector<double>(channels)};
    for (std::size_t i = 0; i < at.size(); ++i) s.mean[i % channels] += at[i] / static_cast<double>(n);
    for (std::size_t i = 0; i < at.size(); ++i) s.variance[i % channels] += std::pow(at[i] - s.mean[i % channels], 2) / static_cast<double>(n - ddof);
    return s;
}

}  // namespace

BOOST_AUTO_TEST_CASE(running_statistics_follow_the_batches_in_both_conventions) {
    for (const running_statistics& s : {running_statistics{}, keras_statistics}) {
        BOOST_TEST((s.share == 0.1 ? s.unbiased && s.epsilon == 1e-5 : s.share == 0.01 && !s.unbiased && s.epsilon == 1e-3));
        running_batch_norm_layer<reals> layer{5, s};
        std::vector<double> mean(5, 0.0), variance(5, 1.0);
        for (std::uint64_t batch = 0; batch < 20; ++batch) {
            const reals at = 2.0 * some({3, 2, 4, 5}, 100 + batch) + 1.0;
            const statistics seen = of_channels(at, s.unbiased ? 1 : 0);
            advance(layer, at);
            for (std::size_t c = 0; c < 5; ++c) {
                mean[c] = (1 - s.share) * mean[c] + s.share * seen.mean[c];
                variance[c] = (1 - s.share) * variance[c] + s.share * seen.variance[c];
                BOOST_TEST(std::abs(layer.running_mean.value[c] - mean[c]) < 1e-13);
                BOOST_TEST(std::abs(layer.running_var.value[c] - variance[c]) < 1e-13);
            }
        }
    }
    running_batch_norm_layer<reals> layer{5};
    BOOST_CHECK_THROW(advance(layer, some({1, 1, 1, 5})), error);
}

BOOST_AUTO_TEST_CASE(a_model_trains_by_the_batch_and_samples_by_what_it_has_seen) {
    running_batch_norm_layer<reals> layer{5};
    layer.weight = weight, layer.bias = bias;
    check_every_mode("running_batch_norm_layer statistics_of_batch", layer, x, [&](const reals& at) { return batch_norm(at, weight, bias, 1e-5); });
    advance(layer, x);
    const auto sampled = by_running_statistics(layer);
    check_every_mode("running_batch_norm_layer statistics_so_far", sampled, x, [&](const reals& at) {
        reals y = at;
        for (std::size_t i = 0; i < y.size(); ++i) {
            const double deviation = std::sqrt(layer.running_var.value[i % 5] + 1e-5);
            y.write()[i] = weight[i % 5] * (at[i] - layer.running_mean.value[i % 5]) / deviation + bias[i % 5];
        }
        return y;
    });
    const reals first = gather_rows(x, std::array<std::size_t, 1>{0});
    BOOST_TEST(distance(sampled(first), gather_rows(sampled(x), std::array<std::size_t, 1>{0})) == 0);          // no sample depends on another
}

BOOST_AUTO_TEST_CASE(every_norm_of_a_network_takes_in_what_it_saw_and_a_call_changes_nothing) {
    two_norms<reals> model{running_batch_norm_layer<reals>{5}, running_batch_norm_layer<reals>{5, keras_statistics}};
    model.first.weight = weight, model.first.bias = bias;
    const reals before = model(x);
    BOOST_TEST(distance(model(x), before) == 0);
    BOOST_TEST(distance(model.second.running_mean.value, reals(shape{5})) == 0);
    advance(model, x);
    BOOST_TEST(distance(model(x), before) == 0);
    const statistics seen = of_channels(square(model.first(x)), 0);
    for (std::size_t c = 0; c < 5; ++c) {
        BOOST_TEST(std::abs(model.second.running_mean.value[c] - 0.01 * seen.mean[c]) < 1e-13);
        BOOST_TEST(std::abs(model.second.running_var.value[c] - (0.99 + 0.01 * seen.variance[c])) < 1e-13);
    }
    const auto named = [](const auto& m) {
        std::string names;
        for_each_named([&](const std::string& name, const reals&) { names += name + ' '; }, m);
        return names;
    };
    BOOST_TEST(named(model.first) == "weight bias running_mean running_var ");
    BOOST_TEST(named(by_running_statistics(model)) == named(model));
    BOOST_TEST(parameter_count(model) == 20u);                                       // statistics are no parameters
}
