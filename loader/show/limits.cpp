// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <map>

#include "maps/rules.h"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr std::string_view direction_name(LimitDirection direction) {
  switch (direction) {
    case LimitDirection::kOriginal: return "original";
    case LimitDirection::kReply: return "reply";
    case LimitDirection::kBoth: return "both";
  }
  return "original";
}

json row_of(const Limit& limit, const ObjectCount& passed, const ObjectCount& exceeded) {
  return {{"name", limit.name},
          {"direction", direction_name(limit.direction)},
          {"key", to_string(limit.key)},
          {"rate", to_string(limit.rate)},
          {"packets_per_second", limit.rate.packets ? json(limit.rate.amount) : json()},
          {"bits_per_second", limit.rate.packets ? json() : json(limit.rate.amount)},
          {"burst", burst_to_string(limit)},
          {"action", limit.dscp ? fmt::format("dscp {}", *limit.dscp) : "drop"},
          {"passed_packets", passed.packets},
          {"passed_bytes", passed.bytes},
          {"exceeded_packets", exceeded.packets},
          {"exceeded_bytes", exceeded.bytes},
          {"line", limit.line}};
}

}   // namespace

Result<json> show_limits(Gateway& gateway) {
  std::map<std::pair<uint8_t, std::string>, ObjectCount> counts;
  auto counted = TRY(gateway.engine().objects_at_rest());   // of limits nothing is counted in flows
  for (ObjectCount& object : counted.objects) counts[{object.kind, object.name}] = std::move(object);
  json rows = json::array();
  if (gateway.current())
    for (const Limit& limit : gateway.current()->document.limits)
      rows.push_back(row_of(limit, counts[{SL_OBJECT_LIMIT, limit.name}],
                            counts[{SL_OBJECT_LIMIT_EXCEEDED, limit.name}]));
  return json{{"limits", std::move(rows)}};
}

}   // namespace sluice
