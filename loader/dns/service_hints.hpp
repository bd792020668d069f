// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses that rows of services (SVCB and HTTPS, RFC 9460) have beside those of A and AAAA.
#pragma once

#include <optional>
#include <vector>

#include "dns/message.hpp"

namespace sluice::dns {

inline constexpr uint16_t kTypeSvcb = 64, kTypeHttps = 65;

// Those of `ipv4hint` and `ipv6hint`. `data`: of the row. Nothing: it is not as section 2.2 says.
std::optional<std::vector<IpAddress>> hints_of(BytesView data);

}   // namespace sluice::dns
