// SPDX-License-Identifier: GPL-2.0-or-later
// Records of DNS that lead to the gateway: A, AAAA, and SRV (RFC 2782) for the port of WireGuard. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/dynamic_dns.hpp"

namespace sluice {

struct DnsRecords {
  std::string owner, type;   // "A", "AAAA", "SRV"; the owner without its last dot
  std::string data;          // as a zone file has it; empty: there is to be none
};

// `with_port`: also the record that says the port.
std::vector<DnsRecords> records_of(const std::string& name, const OutsideSpot& spot, bool with_port);

// What nsupdate is told so that these are there and no others of their owners and types.
std::vector<std::string> changes_of(const std::vector<DnsRecords>& records, uint32_t ttl);

}   // namespace sluice
