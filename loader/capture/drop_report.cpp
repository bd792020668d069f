// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/drop_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "capture/ends.hpp"
#include "compile/common/drop_reason.hpp"
#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/explained.h"
#include "talk/json_values.hpp"

namespace sluice {
namespace {

using nlohmann::json;

// Who is told apart by its source address has as many of them as it likes.
constexpr size_t kMostKeys = 4096, kMostLines = 50;
constexpr uint8_t kSourceLength4 = 24, kSourceLength6 = 64;

json zone_or_null(const CaptureNames& names, uint16_t number) {
  return number < names.zones.size() ? json(names.zones[number]) : json();
}

}   // namespace

void DropReport::note(const CapturedPacket& packet) {
  const sl_captured& out = packet.out.record;
  const auto ends = ends_of(packet, names_.has_ethernet(packet.in.record.ifindex));
  Key key{.reason = out.reason,
          .answered = out.verdict == SL_V_ANSWERED,
          .rule = out.reason == SL_DROP_OVER_LIMIT && out.limit ? out.limit : out.policy,
          .interface = packet.in.record.ifindex,
          .zone = out.zone,
          .zone_out = out.asked >= SL_ASKED_POLICY ? out.zone_out : uint16_t{SL_MAX_ZONES},
          .source = {}};
  if (ends)
    key.source =
        Prefix::of({ends->source.address, ends->source.address.is_ipv4() ? kSourceLength4 : kSourceLength6});
  auto at = counts_.find(key);
  if (at == counts_.end() && counts_.size() < kMostKeys)
    at = counts_.emplace(key, Count{.example = ends ? in_words(*ends) : std::string()}).first;
  Count& count = at == counts_.end() ? others_ : at->second;
  ++count.packets;
  count.bytes += packet.in.record.length;
}

std::string DropReport::line_of(const Key& key, const Count& count) const {
  const DropReason* reason = drop_reason(key.reason);
  const CapturedDevice* device = names_.device(key.interface);
  json line = {{"reason", reason ? json(reason->name()) : json()},
               {"answered", key.answered},
               {"interface", device ? json(device->name) : json()},
               {"from", zone_or_null(names_, key.zone)},
               {"to", zone_or_null(names_, key.zone_out)},
               {"source", key.source ? json(key.source->to_string()) : json()},
               {"rule", nullptr},
               {"packets", count.packets},
               {"bytes", count.bytes},
               {"example", count.example.empty() ? json() : json(count.example)}};
  if (const auto rule = names_.rules.find(key.rule); key.rule && rule != names_.rules.end())
    line["rule"] = {{"kind", rule->second.kind},
                    {"name", rule->second.name},
                    {"line", rule->second.line ? json(rule->second.line) : json()}};
  return line_of_json(line);
}

std::string DropReport::take(uint64_t lost) {
  std::vector<std::pair<const Key*, const Count*>> rows;
  for (const auto& [key, count] : counts_) rows.emplace_back(&key, &count);
  std::ranges::stable_sort(rows, std::greater(), [](const auto& row) { return row.second->packets; });
  std::string out;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i < kMostLines) {
      out += line_of(*rows[i].first, *rows[i].second);
      continue;
    }
    others_.packets += rows[i].second->packets;
    others_.bytes += rows[i].second->bytes;
  }
  const Count others = std::exchange(others_, {});
  if (others.packets)
    out += line_of_json({{"reason", "others"}, {"packets", others.packets}, {"bytes", others.bytes}});
  if (const uint64_t more = lost - std::exchange(told_lost_, lost)) out += line_of_json({{"lost", more}});
  counts_.clear();
  return out;
}

}   // namespace sluice
