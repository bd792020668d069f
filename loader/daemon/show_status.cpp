// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text.hpp"
#include "daemon/show.hpp"

namespace sluice {

using nlohmann::json;

namespace {

Result<json> lost_events(Gateway& gateway) {
  if (!gateway.events()) return json();
  return json(TRY(gateway.events()->lost()));
}

}   // namespace

Result<json> show_status(Gateway& gateway) {
  const TableUse use = TRY(gateway.engine().tables());
  json interfaces = json::array();
  const json shown = TRY(show_interfaces(gateway));
  for (const json& row : shown["interfaces"])
    interfaces.push_back(
        {{"name", row["name"]}, {"zone", row["zone"]}, {"state", row["state"]}, {"hook", row["hook"]}});
  json counts = {{"flows", use.flows4 + use.flows6}, {"mappings", use.mappings}};
  if (gateway.current()) {
    const Document& document = gateway.current()->document;
    counts["policies"] = document.policies.size();
    counts["forwards"] = document.forwards.size();
  }
  const json lost = TRY(lost_events(gateway));
  const char* state = !gateway.current() ? "empty" : gateway.degraded().empty() ? "running" : "degraded";
  return json{{"state", state},
              {"revision", gateway.revision() ? json(gateway.revision()) : json()},
              {"engine", gateway.engine().name()},
              {"since", rfc3339(gateway.since())},
              {"version", SLUICE_VERSION},
              {"interfaces", std::move(interfaces)},
              {"counts", std::move(counts)},
              {"memory",
               {{"bytes", use.bytes},
                {"flows_ipv4", use.flows4_size / 2},
                {"flows_ipv6", use.flows6_size / 2},
                {"mappings", use.mappings_size ? json(*use.mappings_size) : json()},
                {"bytes_per_flow", use.bytes_per_flow}}},
              {"events", {{"lost", lost}}},
              {"shortages", json_of(gateway.shortages().recent(std::chrono::system_clock::now()))},
              {"paths", {{"state", gateway.paths().state.string()}, {"pins", gateway.paths().pins.string()}}},
              {"degraded", gateway.degraded()}};
}

}   // namespace sluice
