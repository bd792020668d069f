// SPDX-License-Identifier: GPL-2.0-or-later
// Counters of the nftables engine: they stand in sets of its table.
#include <fmt/format.h>
#include <net/if.h>

#include <charconv>

#include "base/file.hpp"
#include "engine/nft/engine_nft.hpp"
#include "engine/nft/listing.hpp"
#include "kernel/nft/nft.hpp"
#include "maps/drop_reasons.h"
#include "maps/rules.h"

namespace sluice {
namespace {

using nlohmann::json;

Result<std::vector<CountedRow>> rows_in(const std::string& set) {
  const auto listing = TRY(nft_list("list set inet sluice " + set));
  return listing ? read_rows(*listing, set) : std::vector<CountedRow>{};
}

// A device by its name, or by its number when it is gone.
uint32_t device_of(const json& key) {
  if (key.is_number_unsigned()) return key.get<uint32_t>();
  return key.is_string() ? if_nametoindex(key.get<std::string>().c_str()) : 0;
}

uint32_t number_in(const json& key) { return key.is_number_unsigned() ? key.get<uint32_t>() : 0; }

uint8_t kind_of(std::string_view word) {
  if (word == "policy") return SL_OBJECT_POLICY;
  if (word == "masquerade") return SL_OBJECT_MASQUERADE;
  return word == "static" ? SL_OBJECT_STATIC : SL_OBJECT_FORWARD;
}

// "policy lan-out"
ObjectCount object_of(const CountedRow& row) {
  const size_t space = std::min(row.comment.find(' '), row.comment.size());
  const std::string name = space < row.comment.size() ? row.comment.substr(space + 1) : "";
  return {number_in(row.key), kind_of(row.comment.substr(0, space)), name, 0, row.packets, row.bytes};
}

Result<uint64_t> read_number(const char* path) {
  const std::string text = TRY(read_file(path, 64));
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

json counted(const ObjectCount& count, uint64_t packets, uint64_t bytes, std::string_view comment) {
  json element = {{"val", count.number}, {"counter", {{"packets", packets}, {"bytes", bytes}}}};
  if (!comment.empty()) element["comment"] = comment;
  return {{"elem", std::move(element)}};
}

json change(std::string_view verb, std::string_view set, json elements) {
  return {{verb, {{"element", {{"family", "inet"}, {"table", "sluice"}, {"name", set}, {"elem", std::move(elements)}}}}}};
}

}   // namespace

Result<std::vector<ObjectCount>> EngineNft::objects() {
  std::vector<ObjectCount> objects;
  if (!seen_.loaded) return objects;
  std::map<uint32_t, uint64_t> flows;
  for (const CountedRow& row : TRY(rows_in("flows"))) flows[number_in(row.key)] = row.packets;
  for (const CountedRow& row : TRY(rows_in("objects"))) {
    objects.push_back(object_of(row));
    objects.back().flows = flows[objects.back().number];
  }
  return objects;
}

Result<std::map<std::pair<uint8_t, std::string>, uint32_t>> EngineNft::object_ids() {
  if (rules_) {
    object_ids_.clear();
    for (const ObjectRow& row : rules_->numbers->objects) object_ids_[{row.kind, row.name}] = row.number;
  } else if (object_ids_.empty()) {
    for (const ObjectCount& object : TRY(objects())) object_ids_[{object.kind, object.name}] = object.number;
  }
  return object_ids_;
}

// What was counted before goes on: a row is exchanged for one that starts with the sum.
Result<> EngineNft::set_object_counts(const std::vector<ObjectCount>& counts) {
  std::map<std::pair<uint8_t, std::string>, ObjectCount> now;
  for (ObjectCount& object : TRY(objects())) now[{object.kind, object.name}] = object;
  json commands = json::array(), gone = json::array(), totals = json::array(), flows = json::array();
  for (const ObjectCount& before : counts) {
    const auto at = now.find({before.kind, before.name});
    if (at == now.end() || (before.flows == 0 && before.packets == 0)) continue;
    const ObjectCount& object = at->second;
    constexpr std::string_view kWords[] = {"", "policy", "masquerade", "static", "forward"};
    gone.push_back(object.number);
    totals.push_back(counted(object, object.packets + before.packets, object.bytes + before.bytes,
                             fmt::format("{} {}", kWords[object.kind], object.name)));
    flows.push_back(counted(object, object.flows + before.flows, 0, ""));
  }
  if (gone.empty()) return {};
  for (const char* set : {"objects", "flows"}) commands.push_back(change("delete", set, gone));
  commands.push_back(change("add", "objects", std::move(totals)));
  commands.push_back(change("add", "flows", std::move(flows)));
  TRY(nft_apply(json{{"nftables", std::move(commands)}}.dump()));
  transaction_.reset();
  return look();
}

Result<std::vector<InterfaceCount>> EngineNft::interfaces() {
  std::map<uint32_t, InterfaceCount> counts;
  if (!seen_.loaded) return std::vector<InterfaceCount>{};
  for (const CountedRow& row : TRY(rows_in("managed"))) counts[device_of(row.key)].ifindex = device_of(row.key);
  const auto add = [&](const char* set, auto packets, auto bytes) -> Result<> {
    for (const CountedRow& row : TRY(rows_in(set)))
      if (const auto at = counts.find(device_of(row.key)); at != counts.end()) {
        at->second.*packets = row.packets;
        at->second.*bytes = row.bytes;
      }
    return {};
  };
  TRY(add("forwarded", &InterfaceCount::forwarded_packets, &InterfaceCount::forwarded_bytes));
  TRY(add("to_host", &InterfaceCount::to_host_packets, &InterfaceCount::to_host_bytes));
  TRY(add("from_host", &InterfaceCount::from_host_packets, &InterfaceCount::from_host_bytes));
  for (const DropCount& drop : TRY(drops()))
    if (const auto at = counts.find(drop.ifindex); at != counts.end()) {
      at->second.dropped_packets += drop.packets;
      at->second.dropped_bytes += drop.bytes;
    }
  std::vector<InterfaceCount> list;
  for (auto& [index, count] : counts) {
    count.rx_packets = count.forwarded_packets + count.to_host_packets + count.dropped_packets;
    count.rx_bytes = count.forwarded_bytes + count.to_host_bytes + count.dropped_bytes;
    count.ignored_packets.reset();
    count.handed_on_packets.reset();
    list.push_back(count);
  }
  return list;
}

Result<std::vector<DropCount>> EngineNft::drops() {
  std::vector<DropCount> drops;
  if (!seen_.loaded) return drops;
#define X(number, symbol, stage, text)                                                          \
  for (const CountedRow& row : TRY(rows_in("dropped_" + drop_name(number))))                    \
    if (row.packets) drops.push_back({device_of(row.key), number, row.packets, row.bytes});
  SL_DROP_REASONS(X)
#undef X
  return drops;
}

// Connection tracking is one table for everybody on the machine.
Result<TableUse> EngineNft::tables() {
  constexpr uint64_t kBytesPerEntry = 320;   // struct nf_conn and its extensions, as slabinfo shows them
  TableUse use;
  if (!seen_.loaded) return use;
  const std::vector<FlowState> all = TRY(flows());
  for (const FlowState& flow : all) (flow.original.source.is_ipv4() ? use.flows4 : use.flows6) += 2;
  use.mappings = static_cast<uint32_t>(TRY(mappings()).size());
  const uint64_t most = TRY(read_number("/proc/sys/net/netfilter/nf_conntrack_max"));
  use.flows4_size = use.flows6_size = static_cast<uint32_t>(2 * most);
  use.bytes = all.size() * kBytesPerEntry;
  use.bytes_per_flow = kBytesPerEntry;
  return use;
}

}   // namespace sluice
