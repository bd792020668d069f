// SPDX-License-Identifier: GPL-2.0-or-later
// The packet that a receiver would send back, made of what it received.
#pragma once

#include "view.hpp"

namespace sluice::test {

// An answer with the same transport; TCP with these flags, acknowledging what was seen. Keep `seen` alive.
Layers answer_to(const View& seen, uint8_t tcp_flags = kAck);
// An IP header from the receiver to the sender.
Layer header_back(const View& seen);
// "b > a" for "a > b"
std::string reversed(const std::string& route);

}   // namespace sluice::test
