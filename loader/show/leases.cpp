// SPDX-License-Identifier: GPL-2.0-or-later
// The ports that hosts were given because they asked.
#include "base/protocol.hpp"
#include "base/text.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;

json outside_of(const std::optional<OutsidePlace>& place) {
  if (!place) return {};
  const auto* address = std::get_if<IpAddress>(&*place);
  return address ? address->to_string() : std::get<std::string>(*place);
}

}   // namespace

Result<json> show_leases(Gateway& gateway) {
  json rows = json::array();
  if (!gateway.current()) return json{{"leases", std::move(rows)}};
  for (const auto& [key, lease] : gateway.mappings().leases())
    rows.push_back({{"zone", key.zone},
                    {"host", key.host.to_string()},
                    {"protocol", protocol_name(key.protocol)},
                    {"port", key.port},
                    {"outside", outside_of(outside_of_zone(gateway.current()->document, key.zone))},
                    {"outside_port", lease.outside_port},
                    {"by", lease.nonce.empty() ? "nat-pmp" : "pcp"},
                    {"expires", rfc3339(lease.until)},
                    {"forward", name_of_lease(key)}});
  return json{{"leases", std::move(rows)}};
}

}   // namespace sluice
