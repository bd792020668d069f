// SPDX-License-Identifier: GPL-2.0-or-later
// What ldns makes of a message.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "dns/message.hpp"

// After all others: it makes macros of bool, true and false, where it believes that nobody has them.
#include <ldns/ldns.h>
#undef bool
#undef true
#undef false

namespace sluice::dns {

using Packet = std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)>;

inline constexpr std::chrono::seconds kLongestLife{86'400}, kLongestNothing{3'600};

Packet take_apart(BytesView message);   // null: it is none
// Written anew without OPT.
std::optional<Bytes> without_opt(ldns_pkt* packet);
// RFC 2308 section 5: the smaller one of the SOA's own time and its last field; 0: there is none.
std::chrono::seconds life_of_nothing(const ldns_pkt* packet);
// Those of the name that was asked for, through aliases (CNAME), each of which has a time as well.
std::vector<FoundAddress> addresses_of(const ldns_pkt* packet);

}   // namespace sluice::dns
