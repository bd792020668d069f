// SPDX-License-Identifier: GPL-2.0-or-later
// The process of one capture: it reads what the packet path wrote, and what strangers sent that is in it, and
// compiles the operator's filter. It speaks to who asked for the capture, and ends with him.
#pragma once

#include <string>

#include "base/result.hpp"
#include "kernel/helper.hpp"

namespace sluice {

// What the command line of sluiced says. By standard input, a socket, comes the descriptor of the client
// (kernel/descriptors.hpp). Those of the rings go back, with their CPUs, and then comes an order
// (capture/order.hpp). Ends also when the other end does.
inline constexpr const char* kCaptureVerb = "capture";
Result<> run_capture(int socket);

// `number` tells captures apart that run at once.
Result<Helper> start_capture_process(const std::string& instance, uint64_t number);

}   // namespace sluice
