// SPDX-License-Identifier: GPL-2.0-or-later
#include "ddns/records.hpp"

#include <fmt/format.h>

namespace sluice {

std::vector<DnsRecords> records_of(const std::string& name, const OutsideSpot& spot, bool with_port) {
  std::vector<DnsRecords> records = {{name, "A", spot.ipv4 ? spot.ipv4->to_string() : ""},
                                     {name, "AAAA", spot.ipv6 ? spot.ipv6->to_string() : ""}};
  if (with_port)
    records.push_back(
        {"_wireguard._udp." + name, "SRV", spot.port == 0 ? "" : fmt::format("0 0 {} {}.", spot.port, name)});
  return records;
}

std::vector<std::string> changes_of(const std::vector<DnsRecords>& records, uint32_t ttl) {
  std::vector<std::string> changes;
  for (const DnsRecords& one : records) {
    changes.push_back(fmt::format("update delete {}. {}", one.owner, one.type));
    if (!one.data.empty())
      changes.push_back(fmt::format("update add {}. {} {} {}", one.owner, ttl, one.type, one.data));
  }
  return changes;
}

}   // namespace sluice
