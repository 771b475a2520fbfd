// SPDX-License-Identifier: Apache-2.0
/// \file  The device of a program. Every program is compiled once for each device of the build, NAME for the cpu and NAME-cuda; either of them takes
/// --device and hands over to the other.
#pragma once

#include <ncsn/arithmetic/error.hpp>
#include <ncsn/arrays/elementwise.hpp>                                               // brings the device

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <string>

namespace ncsn {

#if defined(NCSN_DEVICE)
#define NCSN_QUOTED(name) #name
#define NCSN_NAME_OF(macro) NCSN_QUOTED(macro)
inline constexpr const char* program_device = NCSN_NAME_OF(NCSN_DEVICE);
#else
inline constexpr const char* program_device = "cpu";
#endif

/// The file of this program as compiled for another device, beside this one's.
inline std::filesystem::path program_for(const std::string& device) {
    std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe");
    std::string name = self.filename();
    const std::string own = std::string{"-"} + program_device;
    if (name.ends_with(own)) name.resize(name.size() - own.size());
    return self.replace_filename(device == "cpu" ? name : name + "-" + device);
}

/// Why a device cannot be used on this machine; empty if it can.
template <Device D> std::string why_unavailable() {
    if constexpr (requires { D::unavailable(); }) return D::unavailable();
    else return {};
}

/// What a device has to say goes to stderr.
template <Device D> void show_warnings() {
    if constexpr (requires { D::on_warning; }) D::on_warning = [](const std::string& text) { std::cerr << text << '\n'; };
}

/// Networks of this device that compute in less than float.
template <Device D> inline constexpr bool has_low_precision = requires { D::math; };

/// How floats are multiplied from now on. "bf16" is said by the type of the network; what is left in float then uses TF32.
template <Device D> void set_precision(const std::string& name) {
    require(name == "fp32" || name == "tf32" || name == "bf16", "--precision ", name, ": fp32, tf32 and bf16 are known");
    if constexpr (has_low_precision<D>) D::math = name == "fp32" ? D::precision::fp32 : D::precision::tf32;
    else require(name == "fp32", "--precision ", name, ": the ", program_device, " computes in fp32; use that, or --device cuda");
}

/// Returns if this program is for that device and the device can be used. Otherwise becomes the program that is, with the same arguments.
inline void run_on(const std::string& device, char** arguments) {
    if (device == program_device) {
        const std::string reason = why_unavailable<default_device>();
        require(reason.empty(), "--device ", device, ": ", reason);
        show_warnings<default_device>();
        return;
    }
    require(device == "cpu" || device == "cuda", "--device ", device, ": no device has this name; cpu and cuda are known");
    const std::filesystem::path other = program_for(device);
    execv(other.c_str(), arguments);
    const int reason = errno;
    require(reason != ENOENT, "--device ", device, ": ", other.string(), " is not there. Either this build has no ", device, " device: configure "
            "with -DNCSN_CUDA=ON, which needs the CUDA toolkit 12.4 or later and cuDNN 9, and build again; or this program runs on the cpu "
            "only, as the toy figures and features do");
    fail("--device ", device, ": cannot start ", other.string(), " (", std::strerror(reason), ")");
}

/// The same for what is compiled once for the programs of all devices.
struct device_of_program {
    const char* name;
    void (*become)(const std::string& device, char** arguments);  ///< run_on
};
inline constexpr device_of_program this_device{program_device, run_on};

}  // namespace ncsn
