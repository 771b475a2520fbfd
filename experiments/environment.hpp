// SPDX-License-Identifier: Apache-2.0
/// \file  What a result may depend on beside its settings.
#pragma once

#include "program_device.hpp"
#include "support/json.hpp"

#include <cstdio>                                                                   // jpeglib.h wants it

#include <dnnl.h>
#include <jpeglib.h>
#include <omp.h>
#include <png.h>
#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace ncsn {

/// The commit of the sources, with "-dirty" where files were changed since; "unknown" where there was no git. Defined by cmake/commit.cmake.
extern const char* const source_commit;

/// The name of the processor as Linux tells it.
inline std::string processor_name() {
    std::ifstream information{"/proc/cpuinfo"};
    for (std::string line; std::getline(information, line);)
        if (line.starts_with("model name")) return line.substr(std::min(line.size(), line.find(':') + 2));
    return "unknown";
}

/// Commit, compiler, processor, threads and libraries: environment.json of a run.
inline json describe_environment() {
    const dnnl_version_t& onednn = *dnnl_version();
    return {{"commit", source_commit},
#ifdef __clang__
            {"compiler", "clang " __clang_version__},
#else
            {"compiler", "g++ " __VERSION__},
#endif
            {"device", program_device},
            {"processor", processor_name()},
            {"processors", omp_get_num_procs()},
            {"threads", omp_get_max_threads()},
            {"onednn", std::to_string(onednn.major) + '.' + std::to_string(onednn.minor) + '.' + std::to_string(onednn.patch)},
            {"libpng", PNG_LIBPNG_VER_STRING},
#ifdef LIBJPEG_TURBO_VERSION_NUMBER                                                  // 2001005: 2.1.5
            {"libjpeg-turbo", LIBJPEG_TURBO_VERSION_NUMBER},
#endif
            {"zlib", zlibVersion()}};
}

}  // namespace ncsn
