// SPDX-License-Identifier: GPL-2.0-or-later
// What is counted for endpoints of networks. Where they are is a map by interface and address, whose values
// are named counters, so that an endpoint with several prefixes has one of each, and so that counts outlive
// an apply. Drops are rows by address, made as they happen: whose they are is found when they are read.
#include "model/endpoints.hpp"

#include <fmt/format.h>

#include "compile/nft/context.hpp"

namespace sluice::nft {
namespace {

constexpr uint32_t kMostDropRows = 16'384;   // of each reason: a site may have very many addresses

constexpr std::string_view kTunnels = "network_tunnels";

std::optional<uint32_t> index_of(const Compiler& c, const Network& network) {
  for (const PlannedLink& link : c.links)
    if (link.wanted->name == network.device) return link.seen->index;
  return std::nullopt;
}

}   // namespace

// Also before their tunnels are made.
bool has_networks(const Compiler& c) { return !c.document.networks.empty(); }

json is_tunnel(std::string_view side) { return match(meta(side), at(kTunnels)); }

json by_device(std::string_view side, json address) { return concat({meta(side), std::move(address)}); }

void put_endpoints(Compiler& c, NftSet& set, Family family,
                   const std::function<json(const EndpointOfNetwork&)>& value) {
  for (const EndpointOfNetwork& one : all_endpoints(c.document)) {
    const auto index = index_of(c, *one.network);
    if (!index) continue;
    for (const Prefix& p : outer_ones(sources_of(*one.endpoint), family)) {
      const json where =
          concat({*index, p.length == p.address.bits() ? json(p.address.to_string()) : prefix(p)});
      const json what = value(one);
      put(set, what.is_null() ? where : json::array({where, what}));
    }
  }
}

void compile_endpoints(Compiler& c) {
  if (!has_networks(c)) return;
  NftSet& tunnels = c.set(kTunnels, {{"type", "iface_index"}});
  for (const auto& [index, row] : c.numbers.interfaces)
    if (row.flags & SL_IF_NETWORK) put(tunnels, index);
  for (const Family family : kFamilies) {
    const json type = {"iface_index", type_of(family)};
    for (const std::string_view way : {"from", "to"}) {
      NftSet& map = c.set(named(fmt::format("endpoints_{}", way), family),
                          {{"type", type}, {"map", "counter"}, {"flags", {"interval"}}});
      put_endpoints(c, map, family, [&](const EndpointOfNetwork& one) {
        return json(endpoint_counter(full_name(one), way));
      });
    }
    NftSet& addresses = c.set(named(kEndpointAddresses, family), {{"type", type}, {"flags", {"interval"}}});
    put_endpoints(c, addresses, family, [](const EndpointOfNetwork&) { return json(); });
  }
  for (const EndpointOfNetwork& one : all_endpoints(c.document))
    for (const std::string_view way : {"from", "to"})
      c.rules.objects.push_back({"counter", endpoint_counter(full_name(one), way), json::object()});
}

void count_endpoints(const Compiler& c, NftChain& chain, std::string_view way,
                     const std::vector<json>& where) {
  if (!has_networks(c)) return;
  const bool from = way == "from";
  const std::string_view side = from ? "iif" : "oif";
  for (const Family family : kFamilies) {
    std::vector<json> rule = {is_tunnel(side)};
    rule.insert(rule.end(), where.begin(), where.end());
    rule.push_back({{"counter", lookup(by_device(side, from ? source(family) : destination(family)),
                                       at(named(fmt::format("endpoints_{}", way), family)))}});
    add(chain, rule);
  }
}

void count_dropped_endpoints(Compiler& c, NftChain& chain, const std::string& reason) {
  if (!has_networks(c)) return;
  for (const Family family : kFamilies) {
    const std::string name = dropped_of_endpoints(reason, family);
    if (!c.has_set(name))
      c.set(name, {{"type", {"iface_index", type_of(family)}},
                   {"size", kMostDropRows},
                   {"stmt", json::array({{{"counter", nullptr}}})}})
          .counts = true;
    add(chain, {is_tunnel("iif"), count(by_device("iif", source(family)), name)});
    add(chain, {is_tunnel("oif"), count(by_device("oif", destination(family)), name)});
  }
}

}   // namespace sluice::nft

namespace sluice {

std::string endpoint_counter(const std::string& endpoint, std::string_view way) {
  return fmt::format("endpoint/{}/{}", endpoint, way);
}

std::string dropped_of_endpoints(const std::string& reason, Family family) {
  return fmt::format("endpoints_dropped_{}{}", reason, family == Family::kIpv4 ? 4 : 6);
}

}   // namespace sluice
