// SPDX-License-Identifier: GPL-2.0-or-later
// A raw socket that sees the UDP datagrams of a family. The service of systemd may make none (its unit has
// neither the address families of IP nor CAP_NET_RAW): a unit that does nothing else makes it and hands it
// over.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sluice {

enum class IpFamily : uint8_t { kIpv4, kIpv6 };

// Made here, or by `sluiced --raw-socket` as a unit where this process may not. It does not block.
Result<UniqueFd> get_raw_socket(IpFamily family);
// What that unit does: makes one, and sends it by the Unix socket `to`.
Result<> hand_over_raw_socket(IpFamily family, int to);

}   // namespace sluice
