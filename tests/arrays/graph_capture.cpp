// SPDX-License-Identifier: Apache-2.0
/// \file  Work that a device captures gives the numbers it gives when every kernel is started by itself.
#include <boost/test/unit_test.hpp>

#include <support/devices.hpp>

#include <ncsn/arrays/convolution.hpp>
#include <ncsn/arrays/async_readback.hpp>
#include <ncsn/arrays/graph_capture.hpp>
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/models/mlp.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/inpainting.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/training/adam.hpp>
#include <ncsn/training/denoising.hpp>
#include <ncsn/training/ema.hpp>

using namespace ncsn;
using D = other_device;
using array = tensor<float, D>;

/// Kernels that were started without and with capture, and replays; where a device counts them.
struct counts { std::size_t plainly = 0, captured = 0, replays = 0; };
template <class C> concept Counting = requires { C::started + C::replayed; };
inline constexpr bool counted = Counting<D>;

/// Whether work is left until the host waits for it, where a device can do that.
template <class C = D> void set_lazy(bool lazy) {
    if constexpr (Counting<C>) {
        C::synchronize();
        C::lazy = lazy;
    }
}
/// What f gives with and without capture must be the same bits. The emulated device, while it captures, leaves all work until the host waits for it.
template <class F, class C = D> counts check_same(const F& f) {
    counts kernels;
    tensor<float> result[2];
    for (const bool capture : {false, true}) {
        D::capture = capture;
        if constexpr (counted) C::started = C::replayed = 0;
        set_lazy(capture);
        result[capture] = on_device<cpu>(f());
        set_lazy(false);
        if constexpr (counted) (capture ? kernels.captured : kernels.plainly) = C::started, kernels.replays = C::replayed;
    }
    BOOST_TEST(result[0].values() == result[1].values(), boost::test_tools::per_element());
    BOOST_TEST(all_finite(result[0]));
    return kernels;
}

BOOST_AUTO_TEST_CASE(annealed_langevin_draws_the_same_samples) {
    const gaussian_mixture<array> target{{0.8, {5, 5}}, {0.2, {-5, -5}}};
    const auto kernels = check_same([&] {
        philox rng{7};
        const annealed als{geometric{{.first = 20, .last = 1, .levels = 4}}, repeat{50, langevin{half_step(0.1)}}};
        const array x = als(target, uniform<array>({37, 2}, -8, 8, rng), rng);
        const array more = normal_like(x, rng);                                     // the generator is where it would have been
        return array{x + more};
    });
    if (counted) BOOST_TEST((kernels.replays == 4 * 48 && kernels.captured < kernels.plainly / 10));
}

BOOST_AUTO_TEST_CASE(inpainting_draws_the_same_samples) {
    const gaussian_mixture<array> target{{0.8, {5, 5}}, {0.2, {-5, -5}}};
    for (const imposing when : {imposing::once_a_level, imposing::after_every_move, imposing::before_every_move}) {
        const auto kernels = check_same([&] {
            philox rng{8};
            const inpainting known{array({1, 2}, {1, 0}), array({1, 2}, {4, 0}), 30, langevin{half_step(0.1)}, when};
            const array x = annealed{geometric{{.first = 20, .last = 1, .levels = 3}}, known}(target, uniform<array>({37, 2}, -8, 8, rng), rng);
            const array more = normal_like(x, rng);                                 // the generator is where it would have been
            return array{x + more};
        });
        if (counted) BOOST_TEST((kernels.replays == 3 * 28 && kernels.captured < kernels.plainly / 5));
    }
}

/// Steps of denoising score matching with Adam and a running average, whose inputs the host makes anew for every step.
struct training {
    philox rng{3};
    geometric schedule{{.first = 3, .last = 0.3, .levels = 5}};
    unconditional<mlp<array>> model{mlp<array>{2, 16, 2, rng}};
    adam<unconditional<mlp<array>>> optimizer{model, {.rate = 0.01}};
    ema<unconditional<mlp<array>>> average{model, 0.9};
    array loss{shape{1}};
    replayed<D> step;

    void once(std::size_t number) {
        step(rng, [&] {
            std::vector<float> points(64);
            for (std::size_t i = 0; i < points.size(); ++i) points[i] = static_cast<float>((number * 31 + i * 17) % 23) / 10 - 1;
            const array x{{32, 2}, std::span<const float>{points}};
            const auto [value, gradient] = loss_and_grad(denoising_score_matching{schedule}, model, x, rng);
            optimizer.step(model, gradient);
            average.update(model);
            D::copy(loss.write(), value.data(), sizeof(float));
        });
    }
};

BOOST_AUTO_TEST_CASE(training_reaches_the_same_parameters) {
    const auto kernels = check_same([] {
        training t;
        for (std::size_t i = 0; i < 12; ++i) t.once(i);
        std::vector<float> row{t.loss.item()};
        for_each_leaf([&row](const auto& p) { append(row, p); }, t.average.model());
        return in_a_row(row);
    });
    if (counted) BOOST_TEST(kernels.replays == 10);
}

BOOST_AUTO_TEST_CASE(the_losses_of_all_steps_are_the_same) {
    check_same([] {
        training t;
        std::vector<float> losses;
        for (std::size_t i = 0; i < 8; ++i) {
            t.once(i);
            losses.push_back(t.loss.item());
        }
        return in_a_row(losses);
    });
}

BOOST_AUTO_TEST_CASE(the_losses_are_the_same_when_each_is_read_a_step_late) {
    check_same([] {
        training t;
        async_readback<float, D> numbers[2];
        std::vector<float> losses;
        for (std::size_t i = 0; i < 9; ++i) {
            t.once(i);
            numbers[i % 2].start(t.loss);
            if (i > 0) losses.push_back(numbers[1 - i % 2].get());
        }
        return in_a_row(losses);
    });
}

BOOST_AUTO_TEST_CASE(convolutions_and_products_of_libraries_are_recorded) {
    const auto kernels = check_same([] {
        philox rng{5};
        const array w = normal<array>({8, 3, 3, 8}, rng), b = normal<array>({8}, rng);
        const auto step = [&](const array& x, philox& generator) {
            const array rows = x.reshaped({2, 30, 8}), features = batched_product(rows, rows, transposed::left);
            const array y = convolve(x, w, b, {1, 1, 1}), z = batched_product(rows, features, transposed::neither).reshaped(x.shape());
            return array{0.1f * y + 0.01f * z + 0.1f * normal_like(x, generator)};
        };
        return iterate(7, normal<array>({2, 6, 5, 8}, rng), rng, step);
    });
    if (counted) BOOST_TEST(kernels.replays == 5);
}

BOOST_AUTO_TEST_CASE(a_step_that_looks_at_a_number_is_not_recorded) {
    const auto step = [](const array& x, philox& rng) { return array{(x.item() > 0 ? 0.5f : 2.0f) * normal_like(x, rng)}; };
    const auto kernels = check_same([&] {
        philox rng{1};
        return iterate(20, array{{1}, 1.0f}, rng, step);
    });
    if (counted) BOOST_TEST((kernels.replays == 0 && kernels.captured >= kernels.plainly));
}

BOOST_AUTO_TEST_CASE(other_work_than_was_recorded_is_an_error) {
    D::capture = true;
    replayed<D> work;
    philox rng{1};
    std::size_t n = 4;
    array sum{shape{1}};
    const auto add = [&] {
        const std::vector<float> numbers(n, 1.0f);
        const array x{{n}, std::span<const float>{numbers}};
        D::copy(sum.write(), x.data(), sizeof(float));
    };
    for (int i = 0; i < 4; ++i) work(rng, add);
    n = 5;
    BOOST_CHECK_THROW(work(rng, add), error);
    BOOST_TEST(!captured_graph<D>::open());
    n = 4;
    BOOST_CHECK_THROW(work(rng, [&] { add(); ++rng.draw; }), error);
    work(rng, add);
}

BOOST_AUTO_TEST_CASE(a_copy_that_shares_what_the_work_writes_to_is_an_error) {
    D::capture = true;
    for (const int shared_before : {3, 5}) {                                        // the capture, and a replay
        replayed<D> work;
        philox rng{1};
        array sum{shape{2}, 1.0f}, copy;
        const array one{shape{2}, 1.0f};
        const auto add = [&] { for_each_element(add_into{}, sum, one); };
        for (int call = 1; call < shared_before; ++call) work(rng, add);
        copy = sum;
        BOOST_CHECK_EXCEPTION(work(rng, add), error, [](const error& reason) {
            return std::string_view{reason.what()}.find("leaves 1 tensor in the memory") != std::string_view::npos;
        });
        BOOST_TEST(!captured_graph<D>::open());
        BOOST_TEST(on_device<cpu>(copy).values()[0] == static_cast<float>(shared_before));
    }
    replayed<D> work;                                                               // a copy with elements of its own is left as it was
    philox rng{1};
    array sum{shape{2}, 1.0f}, copy;
    const array one{shape{2}, 1.0f};
    const auto add = [&] { for_each_element(add_into{}, sum, one); };
    for (int call = 1; call < 7; ++call) {
        if (call == 3 || call == 5) copy = sum, copy.write();
        work(rng, add);
    }
    BOOST_TEST(on_device<cpu>(copy).values()[0] == 5.0f);
    BOOST_TEST(on_device<cpu>(sum).values()[0] == 7.0f);
}

BOOST_AUTO_TEST_CASE(a_result_that_is_assigned_is_an_error) {
    D::capture = true;
    replayed<D> work;
    philox rng{1};
    const array one{shape{2}, 1.0f};
    array result;
    const auto assign = [&] { result = one + one; };
    work(rng, assign), work(rng, assign);
    BOOST_CHECK_THROW(work(rng, assign), error);
}

BOOST_AUTO_TEST_CASE(memory_of_a_recording_is_its_own) {
    D::capture = true;
    philox rng{1};
    replayed<D> work;
    array result{shape{1000}};
    const auto draw = [&] {
        const array z = normal_like(result, rng);
        D::copy(result.write(), z.data(), 1000 * sizeof(float));
    };
    for (int i = 0; i < 3; ++i) work(rng, draw);
    array mine{shape{1000}, 5.0f};                                                  // of the size that the capture uses inside
    work(rng, draw);
    BOOST_TEST(on_device<cpu>(mine).values()[999] == 5.0f);
}

BOOST_AUTO_TEST_CASE(a_number_that_is_read_back_later_is_the_one_of_its_time) {
    set_lazy(true);
    {
        async_readback<float, D> numbers[2];
        array x{{1}, {1.5f}};
        numbers[0].start(x);
        for (std::size_t step = 1; step < 7; ++step) {
            x = 2.0 * x;
            numbers[step % 2].start(x);
            BOOST_TEST(numbers[1 - step % 2].get() == 0.75f * static_cast<float>(1 << step));
        }
        BOOST_CHECK_THROW(numbers[0].start(array{shape{2}}), error);
    }
    set_lazy(false);
    async_readback<float, cpu> here;
    here.start(tensor<float>{{1}, {2.5f}});
    BOOST_TEST(here.get() == 2.5f);
}

BOOST_AUTO_TEST_CASE(a_generator_that_others_use_between_two_rounds_repeats_no_number) {
    check_same([] {
        philox rng{3};
        replayed<D> work;
        array z{shape{2}};
        std::vector<float> row;
        const auto draw = [&] {
            const array fresh = normal_like(z, rng);
            D::copy(z.write(), fresh.data(), 2 * sizeof(float));
        };
        for (int round = 0; round < 8; ++round) {
            work(rng, draw);
            append(row, z);
            for (int k = 0; k < round % 3; ++k) append(row, normal<array>({1}, rng));
        }
        return in_a_row(row);
    });
}
BOOST_AUTO_TEST_CASE(another_generator_than_was_recorded_is_an_error) {
    D::capture = true;
    philox rng{1}, other{2};
    replayed<D> work;
    array z{shape{2}};
    const auto draw_from = [&](philox& from) {
        work(from, [&] {
            const array fresh = normal_like(z, from);
            D::copy(z.write(), fresh.data(), 2 * sizeof(float));
        });
    };
    for (int round = 0; round < 4; ++round) draw_from(rng);
    BOOST_CHECK_THROW(draw_from(other), error);
    draw_from(rng);
}
