// SPDX-License-Identifier: Apache-2.0
/// \file  A mixture from a list that is made at run time.
// expect: no matching function for call to .*gaussian_mixture
#include <ncsn/models/gaussian_mixture.hpp>

using namespace ncsn;
using array = tensor<float>;
using mixture = gaussian_mixture<array>;

mixture wrong() {
#ifdef NCSN_FIXED
    const std::vector<mixture::component> components{{0.5, {1, 1}}, {0.5, {-1, -1}}};
#else
    const std::vector<std::pair<float, std::vector<float>>> components{{0.5f, {1, 1}}, {0.5f, {-1, -1}}};
#endif
    return mixture{components, 0.5};
}
