// SPDX-License-Identifier: Apache-2.0
/// \file  main of the tests that need a GPU: where there is none, they say why and count as skipped.
#pragma once

#include <ncsn/arrays/cuda/device.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdio>

int main(int argc, char** argv) {
    if (const std::string reason = ncsn::cuda::unavailable(); !reason.empty()) {
        std::printf("skipped: %s\n", reason.c_str());
        return 77;
    }
    return boost::unit_test::unit_test_main(init_unit_test, argc, argv);
}
