// SPDX-License-Identifier: Apache-2.0
/// \file  What the cuda device says when something is missing or does not fit: on the GPU that the host imitates, where all of it can happen.
#include <boost/test/unit_test.hpp>

#include <ncsn/arrays/convolution.hpp>
#include <ncsn/arrays/matmul.hpp>
#include <ncsn/arrays/random.hpp>
#include <ncsn/arrays/graph_capture.hpp>
#include <ncsn/autodiff/arithmetic.hpp>

#include <support/squared_error.hpp>

using namespace ncsn;
using cuda_on_host::gpu;
using array = tensor<float, cuda>;

namespace {

void check_says(const std::string& text, const std::vector<std::string>& parts) {
    for (const std::string& part : parts) BOOST_TEST(text.find(part) != std::string::npos, '"' << text << "\" lacks \"" << part << '"');
}
template <class F> std::string message_of(const F& f) {
    try {
        f();
    } catch (const error& e) {
        return e.what();
    }
    return "no error";
}
/// The GPU as it was, whatever a test did to it.
struct restored {
    const cuda_on_host::settings before = gpu;
    ~restored() {
        gpu = before;
        cuda::math = cuda::precision::fp32, cuda::tune = false, cuda::repeatable = true, cuda::on_warning = nullptr;
    }
};
struct convolution_case {
    philox rng{1};
    shape xs, ws{8, 3, 3, 8};
    conv_window window{1, 1, 1};
    tensor<float> x, w, b;
    explicit convolution_case(std::size_t size)
        : xs{2, size, size, 8}, x{normal<tensor<float>>(xs, rng)}, w{normal<tensor<float>>(ws, rng)}, b{normal<tensor<float>>({8}, rng)} {}
    double error() const {
        const auto y = convolve(on_device<cuda>(x), on_device<cuda>(w), on_device<cuda>(b), window);
        return squared_error(on_device<cpu>(y), convolve(x, w, b, window));
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_machine_without_a_usable_gpu_is_told_what_to_do) {
    const restored afterwards;
    BOOST_TEST(cuda::unavailable() == "");
    gpu.code_fits = false;
    check_says(cuda::unavailable(), {"compute capability 9.0", "-DCMAKE_CUDA_ARCHITECTURES=90", "--device cpu"});
    gpu.devices = 0;
    check_says(cuda::unavailable(), {"no GPU is visible", "CUDA 13.0", "nvidia-smi", "--device cpu"});
    gpu.driver_too_old = true, gpu.driver = 12040;
    check_says(cuda::unavailable(), {"serves CUDA 12.4", "built with CUDA 13.0", "update the driver", "--device cpu"});
    gpu.driver = 0;
    check_says(cuda::unavailable(), {"no NVIDIA driver", "CUDA 13.0 or later", "--device cpu"});
}

BOOST_AUTO_TEST_CASE(memory_that_is_used_up_is_named_with_what_holds_it) {
    const restored afterwards;
    const array held({1 << 20}, 1.0f);
    gpu.memory = cuda_on_host::memory.held() + (std::size_t{8} << 20);
    check_says(message_of([] { array({3000, 1000}, 0.0f); }), {"tensor [3000,1000] of float: cuda: out of memory: 12000000 bytes", "tensors hold "});
    BOOST_TEST(on_device<cpu>(array({1 << 20}, 2.0f)).values()[5] == 2);                // less than that is there, and nothing was lost
    BOOST_TEST(on_device<cpu>(held).values()[(1 << 20) - 1] == 1);
}

BOOST_AUTO_TEST_CASE(a_workspace_that_does_not_fit_is_named_by_its_convolution) {
    const restored afterwards;
    BOOST_TEST(convolution_case{8}.error() < 1e-11);
    const convolution_case c{9};
    const auto x = on_device<cuda>(c.x), w = on_device<cuda>(c.w);
    gpu.workspace = std::size_t{16} << 20;
    cuda::trim();
    gpu.memory = cuda_on_host::memory.held() + (std::size_t{4} << 20);
    check_says(message_of([&] { convolve(x, w, {}, c.window); }),
               {"workspace of conv2d of [2,9,9,8] under weight [8,3,3,8]", "out of memory: 16777216 bytes"});
}

BOOST_AUTO_TEST_CASE(a_convolution_without_an_engine_is_gathered_and_told_once_each) {
    const restored afterwards;
    std::vector<std::string> told;
    cuda::on_warning = [&](const std::string& text) { told.push_back(text); };
    gpu.has_engines = false;
    for (int repeat = 0; repeat < 2; ++repeat) BOOST_TEST(convolution_case{7}.error() < 1e-11);
    BOOST_REQUIRE_EQUAL(told.size(), 1u);
    check_says(told[0], {"conv2d of [2,7,7,8] under weight [8,3,3,8]", "stride 1, padding 1, dilation 1, float", "gathered"});
    BOOST_TEST(convolution_case{6}.error() < 1e-11);
    BOOST_REQUIRE_EQUAL(told.size(), 2u);
    check_says(told[1], {"[2,6,6,8]"});
}

BOOST_AUTO_TEST_CASE(an_engine_that_asks_for_too_much_memory_is_left_out) {
    const restored afterwards;
    std::vector<std::string> told;
    cuda::on_warning = [&](const std::string& text) { told.push_back(text); };
    gpu.workspace = gpu.memory / 2;
    BOOST_TEST(convolution_case{5}.error() < 1e-11);
    BOOST_REQUIRE_EQUAL(told.size(), 1u);
    check_says(told[0], {std::to_string(gpu.workspace) + " bytes of workspace"});
}

BOOST_AUTO_TEST_CASE(a_library_that_fails_is_an_error_and_no_reason_to_gather) {
    const restored afterwards;
    gpu.cudnn_fails_with = 4000;                                                    // an internal error; those from 2000 and 3000 on refuse
    check_says(message_of([] { convolution_case{14}.error(); }), {"cudnn: describing a convolution", "as it was told to"});
    gpu.cudnn_fails_with = 0;
    BOOST_TEST(convolution_case{14}.error() < 1e-11);                                  // nothing was kept of the failure
    std::vector<std::string> told;
    cuda::on_warning = [&](const std::string& text) { told.push_back(text); };
    gpu.cudnn_fails_with = 3001;
    BOOST_TEST(convolution_case{15}.error() < 1e-11);
    BOOST_TEST(told.size() == 1u);
}

BOOST_AUTO_TEST_CASE(while_engines_are_timed_one_without_room_for_its_workspace_is_left_out) {
    const restored afterwards;
    BOOST_TEST(convolution_case{8}.error() < 1e-11);
    const convolution_case c{16};
    const auto x = on_device<cuda>(c.x), w = on_device<cuda>(c.w);
    std::vector<std::string> told;
    cuda::on_warning = [&](const std::string& text) { told.push_back(text); };
    cuda::tune = true;
    gpu.workspace = std::size_t{16} << 20;
    cuda::trim();
    gpu.memory = cuda_on_host::memory.held() + (std::size_t{4} << 20);
    BOOST_TEST(squared_error(on_device<cpu>(convolve(x, w, {}, c.window)), convolve(c.x, c.w, {}, c.window)) < 1e-11);
    BOOST_REQUIRE_EQUAL(told.size(), 1u);
    check_says(told[0], {"workspace of conv2d of [2,16,16,8]", "out of memory"});
}

BOOST_AUTO_TEST_CASE(a_stream_that_cannot_be_captured_leaves_the_device_at_work) {
    const restored afterwards;
    gpu.captures = false;
    check_says(message_of([] { captured_graph<cuda> never; }), {"beginning a graph", "cudaErrorStreamCaptureUnsupported"});
    BOOST_TEST(!captured_graph<cuda>::open());
    BOOST_TEST(!cuda::pool().capturing());
    BOOST_TEST(on_device<cpu>(array({3}, 4.0f)).values()[2] == 4);
}

/// The engines that the host imitates: one cannot be built, one does not repeat, one adds in short numbers, one rounds to bfloat16, one to TF32, one
/// has no fault.
BOOST_AUTO_TEST_CASE(engines_are_chosen_by_what_they_do_to_the_numbers) {
    const restored afterwards;
    BOOST_TEST(convolution_case{10}.error() < 1e-11);
    cuda::tune = true;
    BOOST_TEST(convolution_case{11}.error() < 1e-11);
    cuda::math = cuda::precision::tf32;
    BOOST_TEST((convolution_case{12}.error() < 1e-6));
    cuda::tune = false;
    const convolution_case c{13};                                                   // without a bias nothing is compiled, and TF32 comes first
    const auto y = on_device<cpu>(convolve(on_device<cuda>(c.x), on_device<cuda>(c.w), {}, c.window));
    const double by = squared_error(y, convolve(c.x, c.w, {}, c.window));
    BOOST_TEST((by > 1e-9 && by < 1e-6), by);
    cuda::math = cuda::precision::fp32, cuda::repeatable = false;                     // what does not repeat comes first now, and is exact
    BOOST_TEST(convolution_case{13}.error() < 1e-11);
}

BOOST_AUTO_TEST_CASE(a_number_that_is_asked_for_in_a_recording_ends_it_and_nothing_else) {
    cuda::capture = true;
    philox rng{1};
    replayed<cuda> work;
    array x({4}, 1.0f);
    const auto look = [&] { x = array{x + x}, (void)on_device<cpu>(x); };
    for (int i = 0; i < 2; ++i) work(rng, look);
    check_says(message_of([&] { work(rng, look); }), {"the host asks for numbers of the device in work that is captured", "async_readback"});
    BOOST_TEST(!captured_graph<cuda>::open());
    BOOST_TEST(!cuda_on_host::the_stream().capturing);
    BOOST_TEST(on_device<cpu>(array{array({4}, 2.0f) + 1.0f}).values()[3] == 3);
}

BOOST_AUTO_TEST_CASE(what_cuda_forbids_is_an_error_with_its_name) {
    auto x = array({4}, 1.0f);
    const std::vector<float> host(4);
    const auto from_the_host = [&] { cuda::copy(x.write(), host.data(), 16); };
    check_says(message_of(from_the_host), {"cuda: copying on the device: ", "cudaErrorInvalidValue"});
    BOOST_TEST(cudaGetLastError() == cudaSuccess);
    check_says(message_of([] { product(array({2, 3}, 1.0f), array({4, 2}, 1.0f), transposed::neither); }), {"matmul", "[2,3]", "[4,2]"});
}
