// SPDX-License-Identifier: Apache-2.0
/// \file  For tests that need a GPU: where there is none, the program says why and counts as skipped.
#pragma once

#include <ncsn/arrays/cuda/device.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>

struct needs_gpu {
    needs_gpu() {
        if (const std::string reason = ncsn::cuda::unavailable(); !reason.empty()) {
            std::printf("skipped: %s\n", reason.c_str());
            std::exit(77);
        }
    }
};
BOOST_TEST_GLOBAL_FIXTURE(needs_gpu);
