// SPDX-License-Identifier: Apache-2.0
/// \file  oneDNN's errors in our words, also from other threads, and compiled convolutions that are found again.
#include <boost/test/unit_test.hpp>

#include <ncsn/arrays/cpu/onednn.hpp>

#include <string>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(an_error_of_onednn_names_operation_shapes_and_a_way_out) {
    const shape x{2, 8, 8, 16}, w{32, 3, 3, 16};
    const auto tells = [](const error& e) {
        const std::string text = e.what();
        for (const char* part : {"conv2d", "[2,8,8,16]", "[32,3,3,16]", "stride 2", "padding 1", "dilation 3", "could not", "hint"})
            if (text.find(part) == std::string::npos) return false;
        return true;
    };
    const auto broken = [](dnnl_status_t status) { return [=] { throw dnnl::error{status, "could not create a primitive"}; }; };
    BOOST_CHECK_EXCEPTION(onednn_call("conv2d", x, w, {2, 1, 3}, broken(dnnl_unimplemented)), error, tells);
    const auto advises_fewer = [&](const error& e) { return tells(e) && std::string{e.what()}.find("fewer samples") != std::string::npos; };
    BOOST_CHECK_EXCEPTION(onednn_call("conv2d", x, w, {2, 1, 3}, broken(dnnl_out_of_memory)), error, advises_fewer);
    const int threads = omp_get_max_threads();
    omp_set_num_threads(2);
    BOOST_CHECK_EXCEPTION(onednn_call("conv2d", x, w, {2, 1, 3}, [&] {
        for_each_job(2, 1 << 20, [&](std::size_t, std::size_t) { broken(dnnl_runtime_error)(); });
    }), error, tells);
    omp_set_num_threads(threads);
    BOOST_TEST(onednn_call("conv2d", x, w, {}, [] { return 7; }) == 7);
}

BOOST_AUTO_TEST_CASE(what_onednn_itself_refuses_is_an_error_of_ours) {
    const shape x{1, 8, 8, 16}, w{32, 3, 3, 16}, wrong{1, 3, 3, 32};
    const auto compile = [&] { return compiled_convolution::get(convolution_direction::forward, x, w, wrong, {1, 1, 1}, false, 1); };
    BOOST_CHECK_THROW(onednn_call("conv2d", x, w, {1, 1, 1}, compile), error);
    BOOST_CHECK_THROW(onednn_call("conv2d", x, w, {1, 1, 1}, compile), error);                                 // nothing was kept of the first
}

BOOST_AUTO_TEST_CASE(a_convolution_is_compiled_once) {
    const shape x{1, 8, 8, 16}, w{32, 3, 3, 16}, y{1, 8, 8, 32};
    const auto get = [&](std::size_t threads) {
        return compiled_convolution::get(convolution_direction::forward, x, w, y, {1, 1, 1}, false, threads);
    };
    BOOST_TEST(get(1) == get(1));
    BOOST_TEST(get(1) != get(2));
}
