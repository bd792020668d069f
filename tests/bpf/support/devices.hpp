// SPDX-License-Identifier: GPL-2.0-or-later
// The devices of the lab: veth pairs whose far ends say nothing, with neighbours that are known beforehand.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "packet.hpp"

namespace sluice::test {

// Leaves the machine's network and mounts for good, and mounts a BPF file system that ends with this process.
Result<std::string> leave_the_machine();

// A veth pair NAME and NAME-peer, both up; the far end takes what it gets and never speaks.
Result<uint32_t> make_device(const std::string& name);
Result<> set_mtu(const std::string& name, uint32_t mtu);
Result<> add_neighbour(const std::string& device, const std::string& address, const Mac& mac);
// `via` empty: on the link.
Result<> add_route(const std::string& prefix, const std::string& via, const std::string& device);

// Drivers answer for their receive queues only while some XDP program is on them, and test runs ask for that.
Result<> open_for_xdp(uint32_t index);

}   // namespace sluice::test
