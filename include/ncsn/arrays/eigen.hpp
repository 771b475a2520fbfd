// SPDX-License-Identifier: Apache-2.0
/// \file  Eigen's matrices, included once and quietly. Eigen stays in this folder and in statistics.
#pragma once

#ifndef EIGEN_DONT_PARALLELIZE
#define EIGEN_DONT_PARALLELIZE                                                      // rows are divided here, in blocks that do not depend on threads
#endif
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"                              // g++ 12's own AVX-512 headers, seen through Eigen
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <Eigen/Core>
#pragma GCC diagnostic pop
#else
#include <Eigen/Core>
#endif

