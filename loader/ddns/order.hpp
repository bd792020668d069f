// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon and the process that makes a name follow the gateway say to each other: a line of JSON
// each.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "errand/dns_update.hpp"
#include "model/dynamic_dns.hpp"

namespace sluice {

// Who is told by HTTPS, with what its files say.
struct ProviderAccess {
  std::string url, token;
  std::string ca;   // PEM; empty: the system's
};

struct DdnsOrder {
  std::string name;
  uint32_t ttl = 60;                        // seconds
  OutsideSpot spot;                         // somewhere
  std::optional<DnsAccess> updates;         // either this
  std::optional<ProviderAccess> provider;   // or that
  std::vector<Endpoint> resolvers;          // who are asked for names
  bool is_told = false;                     // the provider took this already: it is looked at alone
};
std::string encode_ddns_order(const DdnsOrder& order);
Result<DdnsOrder> decode_ddns_order(std::string_view line);

struct DdnsOutcome {
  bool is_told = false;   // something was changed, or asked to be
  std::string server;     // that says so, as an address; empty: none was found
  std::string error;      // empty: the name leads there
};
std::string encode_ddns_outcome(const DdnsOutcome& outcome);
Result<DdnsOutcome> decode_ddns_outcome(std::string_view line);

}   // namespace sluice
