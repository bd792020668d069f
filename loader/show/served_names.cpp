// SPDX-License-Identifier: GPL-2.0-or-later
// What each zone that is served is told without anybody else being asked.
#include "base/text.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;

bool is_below_domain(std::string_view name, std::string_view domain) {
  return name.size() > domain.size() && name.ends_with(domain) &&
         name[name.size() - domain.size() - 1] == '.';
}

std::string_view origin_of(std::string_view name) {
  if (is_below_domain(name, kServiceNames)) return "service";
  return is_below_domain(name, kEndpointNames) ? "endpoint" : "document";
}

}   // namespace

Result<json> show_names(Gateway& gateway) {
  json rows = json::array();
  if (gateway.current())
    for (const NameBook::Row& row : gateway.opened_names().rows(gateway.current()->document))
      rows.push_back({{"zone", row.zone},
                      {"name", row.name},
                      {"address", row.address.to_string()},
                      {"origin", "policy " + row.policy},
                      {"expires", rfc3339(row.until)}});
  if (gateway.current()) {
    const Document& document = gateway.current()->document;
    for (const Zone& zone : document.zones) {
      if (!zone.dns) continue;
      for (const NamedAddresses& named : names_of_zone(document, zone.name))
        for (const IpAddress& address : named.addresses)
          rows.push_back({{"zone", zone.name},
                          {"name", named.name},
                          {"address", address.to_string()},
                          {"origin", origin_of(named.name)},
                          {"expires", nullptr}});
    }
  }
  return json{{"names", std::move(rows)}};
}

}   // namespace sluice
