// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "base/text.hpp"
#include "show/event_text.hpp"
#include "show/show.hpp"

namespace sluice {

using nlohmann::json;

namespace {

Result<json> lost_events(Gateway& gateway) {
  if (!gateway.events()) return json();
  return json(TRY(gateway.events()->lost()));
}

}   // namespace

const char* gateway_state(const Gateway& gateway) {
  if (gateway.blocked()) return "blocked";
  if (gateway.held()) return "held";
  if (gateway.lost()) return "lost";
  if (!gateway.current()) return "empty";
  return gateway.degraded().empty() ? "running" : "degraded";
}

Result<json> show_pending_confirmation(Gateway& gateway) {
  const auto waits = TRY(gateway.confirmation());
  if (!waits) return json();
  return json{{"revision", waits->revision},
              {"deadline", rfc3339(wall_time(waits->deadline, read_clocks()))}};
}

namespace {

// What was in force last and is not any more; null: nothing was taken back since the last apply.
Result<json> show_rolled_back(Gateway& gateway) {
  const auto newest = TRY(gateway.revisions(1));
  if (newest.empty() || newest.front().result != RevisionResult::kRolledBack) return json();
  const auto& [time, who, why] = newest.front().verdict;
  return json{{"revision", newest.front().number}, {"when", time}, {"who", who}, {"why", why}};
}

}   // namespace

namespace {

// What an upgrade, or a way back from one, did with what the release before had; null: there was nothing.
json carried(const CarriedTables* tables) {
  if (!tables) return {};
  return {{"from_layout", tables->from},
          {"to_layout", tables->to},
          {"flows", tables->flows.taken},
          {"late_flows", tables->late_flows},
          {"flows_left", tables->flows.left},
          {"mappings", tables->mappings},
          {"counters", tables->counters},
          {"limit_buckets", tables->buckets},
          {"exchange_us", tables->exchange.count()}};
}

}   // namespace

namespace {

json collectors(const std::vector<CollectorNews>& news) {
  json rows = json::array();
  for (const CollectorNews& one : news)
    rows.push_back({{"collector", one.name}, {"sent", one.sent}, {"lost", one.lost}});
  return rows;
}

}   // namespace

Result<json> show_status(Gateway& gateway) {
  const TableUse use = TRY(gateway.engine().tables());
  json interfaces = TRY(show_interface_states(gateway));
  json counts = {{"flows", use.flows}, {"mappings", use.mappings}};
  json tables = json::array();
  for (const TableRows& table : use.tables)
    tables.push_back(
        {{"name", table.name}, {"rows", table.rows}, {"room", table.room}, {"bytes", table.bytes}});
  if (!use.port_searches.empty()) counts["resting_ports"] = use.resting_ports;
  if (gateway.current()) {
    const Document& document = gateway.current()->document;
    counts["policies"] = document.policies.size();
    counts["forwards"] =
        std::ranges::count_if(document.forwards, [](const Forward& forward) { return !forward.service; });
    counts["services"] = document.services.size();
    if (document.mapping_requests) counts["leases"] = gateway.mappings().leases().size();
  }
  const json lost = TRY(lost_events(gateway));
  json pending = TRY(show_pending_confirmation(gateway));
  json rolled_back = TRY(show_rolled_back(gateway));
  return json{{"state", gateway_state(gateway)},
              {"revision", gateway.revision() ? json(gateway.revision()) : json()},
              {"pending_confirmation", std::move(pending)},
              {"rolled_back", std::move(rolled_back)},
              {"engine", gateway.engine().name()},
              {"since", rfc3339(gateway.since())},
              {"version", SLUICE_VERSION},
              {"interfaces", std::move(interfaces)},
              {"counts", std::move(counts)},
              {"port_searches", use.port_searches},
              {"memory",
               {{"bytes", use.bytes},
                {"bytes_per_flow_ipv4", use.bytes_per_flow},
                {"bytes_per_flow_ipv6", use.bytes_per_flow6}}},
              {"events", {{"lost", lost}}},
              {"nat_log", collectors(gateway.collectors())},
              {"tables", std::move(tables)},
              {"shortages", json_of(gateway.shortages().recent(std::chrono::system_clock::now()))},
              {"paths", {{"state", gateway.paths().state.string()}, {"pins", gateway.paths().pins.string()}}},
              {"carried", carried(gateway.carried_tables())},
              {"degraded", gateway.degraded()}};
}

}   // namespace sluice
