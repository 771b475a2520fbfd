// SPDX-License-Identifier: Apache-2.0
/// \file  Several processes train the model of one: run by mpirun with three of them, in which every test runs side by side.
#define BOOST_TEST_NO_MAIN
#define BOOST_TEST_ALTERNATIVE_INIT_API                                            // main is ours: MPI is initialised there
#include <ncsn/training/mpi_processes.hpp>

#include <ncsn/models/adapters.hpp>
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/models/mlp.hpp>
#include <ncsn/training/denoising.hpp>
#include <ncsn/training/gradient_step.hpp>
#include <ncsn/training/training_state.hpp>

#include <support/emulated_device.hpp>
#include <support/files.hpp>
#include <support/squared_error.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using array = tensor<double, cpu>;

static_assert(Communicator<mpi_processes, array> && Communicator<mpi_processes, tensor<float>>);

BOOST_AUTO_TEST_CASE(a_sum_is_the_sum_of_all_in_every_process) {
    const mpi_processes processes;
    const double n = static_cast<double>(processes.size());
    array x({1000}, 0);
    for (std::size_t i = 0; i < x.size(); ++i) x.write()[i] = static_cast<double>(i) + static_cast<double>(processes.rank());
    processes.sum(x);
    for (std::size_t i = 0; i < x.size(); ++i) BOOST_TEST_REQUIRE(x[i] == n * static_cast<double>(i) + n * (n - 1) / 2);
    tensor<float> none({0, 3}, 0), one({1}, 1);
    processes.sum(none);
    processes.sum(one);
    BOOST_TEST(one[0] == static_cast<float>(n));
}

BOOST_AUTO_TEST_CASE(a_sum_has_the_same_bits_in_every_process) {
    const mpi_processes processes;
    philox rng{processes.rank()};                                                   // other numbers in each
    auto x = normal<array>({777}, rng);
    const array own = x;
    processes.sum(x);
    array of_first = x;
    if (processes.rank() != 0) of_first = 0.0 * of_first;
    processes.sum(of_first);                                                        // what process 0 has, everywhere
    BOOST_TEST(of_first.values() == x.values(), boost::test_tools::per_element());
    if (processes.size() > 1) BOOST_TEST(squared_error(own, x) > 0.1);
}

BOOST_AUTO_TEST_CASE(arrays_of_another_device_are_added_up_too) {
    const mpi_processes processes;
    tensor<float, emulated> x({3}, 2);
    processes.sum(x);
    for (std::size_t i = 0; i < 3; ++i) BOOST_TEST(on_device<cpu>(x)[i] == 2 * static_cast<float>(processes.size()));
}

BOOST_AUTO_TEST_CASE(processes_that_share_a_batch_train_the_model_of_one) {
    const geometric schedule{{.first = 3, .last = 0.3, .levels = 5}};
    const gaussian_mixture<array> points{{0.8, {5, 5}}, {0.2, {-5, -5}}};
    const auto trained = [&](const auto& step) {
        philox rng{3};
        unconditional network{mlp<array>{2, 16, 2, rng}};
        training_state state{std::move(network), adam_settings{.rate = 0.01}, 0.9, rng};
        drawn_from batches{points, 24};
        for (; state.step < 5; ++state.step) step(state, batches);
        std::vector<double> row;
        for_each_leaf([&row](const array& p) { row.insert(row.end(), p.values().begin(), p.values().end()); }, state.model);
        return array{shape{row.size()}, std::span<const double>{row}};
    };
    const denoising_score_matching objective{schedule};
    const mpi_processes processes;
    const array alone_ = trained(gradient_step{objective, constant_rate{0.01}, {.parts = 2 * processes.size()}});
    const array together = trained(gradient_step{objective, constant_rate{0.01}, {.parts = 2}, processes});
    BOOST_TEST(squared_error(together, alone_) < 1e-24);
    array difference = together;
    processes.sum(difference);
    BOOST_TEST(squared_error(difference, static_cast<double>(processes.size()) * together) < 1e-28);   // all have the same model
}

/// Process 1 throws while the others wait for it.
int one_fails(int argc, char** argv) {
    try {
        const mpi_session session{argc, argv};
        const mpi_processes processes;
        require(processes.rank() != 1, "process 1 throws");
        array x({1}, 1);
        processes.sum(x);
        return 0;
    } catch (const error&) { return 1; }
}

int main(int argc, char** argv) {
    try {
        const mpi_processes too_early;
        return 1;
    } catch (const error& e) {
        if (std::string{e.what()}.find("MPI is not initialised") == std::string::npos) return 1;
    }
    if (argc > 1 && std::string{argv[1]} == "one-fails") return one_fails(argc, argv);
    const mpi_session session{argc, argv};
    return boost::unit_test::unit_test_main([] { return true; }, argc, argv);
}
