// SPDX-License-Identifier: Apache-2.0
/// \file  Work that a device records gives the numbers it gives when every kernel is started by itself.
#define BOOST_TEST_MODULE arrays_recording
#include <boost/test/unit_test.hpp>

#include <support/recording_device.hpp>

#include <ncsn/models/adapters.hpp>
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/models/mlp.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/training/adam.hpp>
#include <ncsn/training/denoising.hpp>
#include <ncsn/training/ema.hpp>

using namespace ncsn;
using array = tensor<float, recorder>;

/// What f gives with and without recording, which must be the same bits; how many kernels each started.
struct kernels_started { std::size_t plainly, recording; };
template <class F> kernels_started check_same(const F& f) {
    std::size_t started[2];
    tensor<float, cpu> result[2];
    for (const bool record : {false, true}) {
        recorder::record = record;
        recorder::started = recorder::replayed = 0;
        result[record] = f();
        started[record] = recorder::started;
    }
    BOOST_TEST(result[0].values() == result[1].values(), boost::test_tools::per_element());
    return {started[0], started[1]};
}

BOOST_AUTO_TEST_CASE(annealed_langevin_draws_the_same_samples) {
    const gaussian_mixture<array> target{{0.8, {5, 5}}, {0.2, {-5, -5}}};
    const auto kernels = check_same([&] {
        philox rng{7};
        const annealed als{geometric{{.first = 20, .last = 1, .levels = 4}}, repeat{50, langevin{half_step(0.1)}}};
        const array x = als(target, uniform<array>({37, 2}, -8, 8, rng), rng);
        const array more = normal_like(x, rng);                                     // the generator is where it would have been
        return as_host(array{x + more});
    });
    BOOST_TEST(recorder::replayed == 4 * 48);
    BOOST_TEST(kernels.recording < kernels.plainly / 10);
}

/// Steps of denoising score matching with Adam and a running average, whose inputs the host makes anew for every step.
struct training {
    philox rng{3};
    geometric schedule{{.first = 3, .last = 0.3, .levels = 5}};
    unconditional<mlp<array>> model{mlp<array>{2, 16, 2, rng}};
    adam<unconditional<mlp<array>>> optimizer{model, {.rate = 0.01}};
    ema<unconditional<mlp<array>>> average{model, 0.9};
    array loss{shape{1}};
    repeated<recorder> step;

    void once(std::size_t number) {
        step(rng, [&] {
            std::vector<float> points(64);
            for (std::size_t i = 0; i < points.size(); ++i) points[i] = static_cast<float>((number * 31 + i * 17) % 23) / 10 - 1;
            const array x{{32, 2}, std::span<const float>{points}};
            const auto [value, gradient] = loss_and_grad(denoising_score_matching{schedule}, model, x, rng);
            optimizer.step(model, gradient);
            average.update(model);
            recorder::copy(loss.write(), value.data(), sizeof(float));
        });
    }
};

BOOST_AUTO_TEST_CASE(training_reaches_the_same_parameters) {
    check_same([] {
        training t;
        for (std::size_t i = 0; i < 12; ++i) t.once(i);
        std::vector<float> row{t.loss.item()};
        for_each_leaf([&row](const auto& p) {
            const auto fetched = on_device<cpu>(p);
            row.insert(row.end(), fetched.values().begin(), fetched.values().end());
        }, t.average.model());
        return tensor<float, cpu>{{row.size()}, std::span<const float>{row}};
    });
    BOOST_TEST(recorder::replayed == 10);
}

BOOST_AUTO_TEST_CASE(the_losses_of_all_steps_are_the_same) {
    check_same([] {
        training t;
        std::vector<float> losses;
        for (std::size_t i = 0; i < 8; ++i) {
            t.once(i);
            losses.push_back(t.loss.item());
        }
        return tensor<float, cpu>{{losses.size()}, std::span<const float>{losses}};
    });
}

BOOST_AUTO_TEST_CASE(a_step_that_looks_at_a_number_is_not_recorded) {
    const auto step = [](const array& x, philox& rng) { return array{(x.item() > 0 ? 0.5f : 2.0f) * normal_like(x, rng)}; };
    const auto kernels = check_same([&] {
        philox rng{1};
        return as_host(iterate(20, array{{1}, 1.0f}, rng, step));
    });
    BOOST_TEST(recorder::replayed == 0);
    BOOST_TEST(kernels.recording >= kernels.plainly);
}
