// SPDX-License-Identifier: Apache-2.0
/// \file  What is asked of cuDNN can be said in its terms: graphs of convolutions are put together, which needs the library and no GPU.
#include <boost/test/unit_test.hpp>

#include <ncsn/arrays/cuda/convolution.hpp>

using namespace ncsn;

namespace {

template <class F> void for_each_task(const F& f) {
    for (const cudnnDataType_t type : {CUDNN_DATA_FLOAT, CUDNN_DATA_DOUBLE, CUDNN_DATA_BFLOAT16})
        for (const convolution_way way : {convolution_way::forward, convolution_way::input_gradient, convolution_way::filter_gradient})
            for (const conv_window c : {conv_window{1, 1, 1}, {1, 2, 2}, {1, 4, 4}, {2, 1, 1}, {1, 0, 1}}) {
                const shape xs{2, 9, 8, 16}, ws{24, 3, 3, 16};
                f(convolution_task{way, type, false, xs, ws, convolved(xs, ws, c), c});
                if (way == convolution_way::forward) f(convolution_task{way, type, true, xs, ws, convolved(xs, ws, c), c});
            }
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_task_is_a_graph_that_cudnn_accepts) {
    if (cudnnGetVersion() < 91900) {
        BOOST_TEST_MESSAGE("not tested: a cuDNN before 9.19 may ask for a GPU");
        return;
    }
    for_each_task([](const convolution_task& task) { BOOST_CHECK_NO_THROW(convolution_graph(task, nullptr)); });
}

BOOST_AUTO_TEST_CASE(a_task_that_does_not_fit_together_is_refused_in_words) {
    try {
        const shape xs{2, 8, 8, 16}, ws{24, 3, 3, 16}, ys{2, 5, 8, 24};
        (void)convolution_graph({convolution_way::forward, CUDNN_DATA_FLOAT, false, xs, ws, ys, {1, 1, 1}}, nullptr);
        BOOST_TEST(false);
    } catch (const error& e) {
        BOOST_TEST(std::string{e.what()}.find("describing a convolution") != std::string::npos, e.what());
    }
}

BOOST_AUTO_TEST_CASE(tasks_that_differ_have_different_keys) {
    std::map<convolution_task::key_type, int> seen;
    for_each_task([&](const convolution_task& task) { BOOST_TEST(++seen[task.key()] == 1); });
    const convolution_task task{convolution_way::forward, CUDNN_DATA_FLOAT, false, {2, 8, 8, 16}, {24, 3, 3, 16}, {2, 8, 8, 24}, {1, 1, 1}};
    const auto exact = task.key();
    cuda::math = cuda::precision::tf32;
    BOOST_TEST((task.key() != exact));
    cuda::math = cuda::precision::fp32;
    cuda::repeatable = false;
    BOOST_TEST((task.key() != exact));
    cuda::repeatable = true;
}

BOOST_AUTO_TEST_CASE(channels_are_filled_up_to_what_tensor_cores_take) {
    BOOST_TEST((whole_channels<bfloat16>(3) == 8 && whole_channels<bfloat16>(16) == 16));
    BOOST_TEST((whole_channels<float>(3) == 3 && whole_channels<double>(1) == 1));
    cuda::math = cuda::precision::tf32;
    BOOST_TEST((whole_channels<float>(3) == 4 && whole_channels<float>(8) == 8 && whole_channels<double>(3) == 3));
    cuda::math = cuda::precision::fp32;
}
