// SPDX-License-Identifier: GPL-2.0-or-later
// What the nftables engine counted for endpoints of networks: named counters of what was carried, and rows by
// address of what was dropped.
#include <fmt/format.h>

#include <map>

#include "base/text.hpp"
#include "engine/nft/engine_nft.hpp"
#include "engine/nft/listing.hpp"
#include "kernel/nft/nft.hpp"
#include "maps/drop_reasons.h"
#include "model/endpoints.hpp"
#include "model/routing.hpp"

namespace sluice {
namespace {

using nlohmann::json;
using Counters = std::map<std::string, sl_count>;
using ByReason = std::map<uint8_t, EndpointDrops>;

Result<Counters> read_counters() {
  Counters counters;
  const auto listing = TRY(nft_list("list counters table inet sluice"));
  if (!listing) return counters;
  for (const json& object : *listing)
    if (const auto at = object.find("counter"); at != object.end())
      counters[at->value("name", "")] = {at->value("packets", uint64_t{0}), at->value("bytes", uint64_t{0})};
  return counters;
}

// ["wg-home", "10.100.0.2"]; of a device or an endpoint that is gone nothing is known any more.
std::optional<EndpointOfNetwork> endpoint_of(const json& key, const Document& document) {
  const auto parts = key.find("concat");
  if (parts == key.end() || parts->size() != 2 || !(*parts)[0].is_string() || !(*parts)[1].is_string())
    return std::nullopt;
  const Network* network = network_of_device(document, (*parts)[0].get<std::string>());
  const auto address = IpAddress::parse((*parts)[1].get<std::string>());
  if (!network || !address) return std::nullopt;
  return endpoint_at(document, vrf_number(document, network->vrf), *address);
}

Result<> add_drops(const RulesNft& rules, uint8_t reason, const Document& document,
                   std::map<std::string, ByReason>& drops) {
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    const std::string set = dropped_of_endpoints(drop_name(reason), family);
    if (std::ranges::find(rules.sets, set, &NftSet::name) == rules.sets.end()) continue;
    const auto listing = TRY(nft_list("list set inet sluice " + set));
    if (!listing) continue;
    for (const CountedRow& row : read_rows(*listing, set))
      if (const auto one = endpoint_of(row.key, document)) {
        EndpointDrops& sum = drops[full_name(*one)][reason];
        sum.reason = reason;
        sum.packets += row.packets;
        sum.bytes += row.bytes;
      }
  }
  return {};
}

// A map holds the counters that it leads to, so all go and come in one transaction, in nft's JSON.
class Recarried {
 public:
  void add(std::string_view verb, std::string_view kind, json object) {
    object["family"] = "inet";
    object["table"] = "sluice";
    commands_.push_back({{verb, {{kind, std::move(object)}}}});
  }
  void exchange(const std::string& name, const sl_count& count) {
    add("delete", "counter", {{"name", name}});
    add("add", "counter", {{"name", name}, {"packets", count.packets}, {"bytes", count.bytes}});
  }
  std::string text() const { return json{{"nftables", commands_}}.dump(); }

 private:
  json commands_ = json::array();
};

bool leads_to_counters(const NftSet& set) { return set.kind.value("map", "") == "counter"; }

}   // namespace

Result<std::vector<EndpointCount>> EngineNft::endpoints() {
  std::vector<EndpointCount> list;
  if (!seen_.loaded || !rules_ || !document_ || document_->networks.empty()) return list;
  const Counters counters = TRY(read_counters());
  std::map<std::string, ByReason> drops;
#define X(number, symbol, stage, text) TRY(add_drops(*rules_, number, *document_, drops));
  SL_DROP_REASONS(X)
#undef X
  for (const EndpointOfNetwork& one : all_endpoints(*document_)) {
    EndpointCount count{full_name(one), {}, {}, {}, {}};
    for (const auto& [way, to] : {std::pair("from", &count.from), std::pair("to", &count.to)})
      if (const auto at = counters.find(endpoint_counter(count.name, way)); at != counters.end())
        *to = at->second;
    for (const auto& [reason, sum] : drops[count.name]) count.drops.push_back(sum);
    list.push_back(std::move(count));
  }
  return list;
}

Result<> EngineNft::add_endpoint_counts(const std::vector<EndpointCount>& counts) {
  if (!rules_ || counts.empty()) return {};
  const Counters now = TRY(read_counters());
  Recarried all;
  for (const NftSet& set : rules_->sets)
    if (leads_to_counters(set)) all.add("flush", "map", {{"name", set.name}});
  for (const EndpointCount& count : counts)
    for (const auto& [way, more] : {std::pair("from", &count.from), std::pair("to", &count.to)}) {
      const std::string name = endpoint_counter(count.name, way);
      const auto at = now.find(name);
      if (at == now.end()) continue;
      all.exchange(name, {at->second.packets + more->packets, at->second.bytes + more->bytes});
    }
  for (const NftSet& set : rules_->sets) {
    if (!leads_to_counters(set) || set.elements.empty()) continue;
    json rows = json::array();
    for (const std::string& element : set.elements) rows.push_back(json::parse(element));
    all.add("add", "element", {{"name", set.name}, {"elem", std::move(rows)}});
  }
  TRY(nft_apply(all.text()));
  TRY(monitor_->drain());
  return {};
}

}   // namespace sluice
