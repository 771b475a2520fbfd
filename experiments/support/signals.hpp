// SPDX-License-Identifier: Apache-2.0
/// \file  A wish to stop.
#pragma once

#include <csignal>

namespace ncsn {

/// Set by the first SIGINT, SIGTERM or SIGHUP, or where nobody reads the output any more: finish what is begun, save, and end. A second signal ends
/// the program at once, except that output may go nowhere for as long as it likes.
inline volatile std::sig_atomic_t stop_requested = 0;
inline void stop_on_signals() {
    const auto handler = [](int number) {
        stop_requested = 1;
        std::signal(number, number == SIGPIPE ? SIG_IGN : SIG_DFL);
    };
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE})
        if (std::signal(number, handler) == SIG_IGN && (number == SIGHUP || number == SIGPIPE)) std::signal(number, SIG_IGN);   // as nohup wants
}

}  // namespace ncsn
