// SPDX-License-Identifier: GPL-2.0-or-later
// The parts of ctnetlink's messages that name endpoints.
#pragma once

#include <netinet/in.h>

#include <optional>
#include <span>

#include "kernel/conntrack/entry.hpp"
#include "kernel/netlink/attributes.hpp"
#include "kernel/netlink/request.hpp"

namespace sluice {

uint8_t address_family(const ConntrackEntry& entry);   // AF_INET, AF_INET6

bool is_icmp(uint8_t protocol);

NlRequest&& put_be16(NlRequest&& to, uint16_t type, uint16_t value);
NlRequest&& put_original(NlRequest&& to, uint16_t type, const ConntrackEntry& entry);
// The original turned round: the translation is told apart from it (CTA_NAT_*), because the kernel derives
// from the two what it rewrites.
NlRequest&& put_untranslated_reply(NlRequest&& to, uint16_t type, const ConntrackEntry& entry);

// Protocol, both directions and the type of an ICMP query; nullopt: something lacks.
std::optional<ConntrackEntry> parse_tuples(uint8_t family, const Attributes& original,
                                           const Attributes& reply);

uint16_t be16(std::span<const uint8_t> bytes);   // 0: another length
uint32_t be32(std::span<const uint8_t> bytes);
uint64_t be64(std::span<const uint8_t> bytes);

}   // namespace sluice
