// SPDX-License-Identifier: GPL-2.0-or-later
#include "resolver/wire.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace sluice {
namespace {

using nlohmann::json;

json json_of_addresses(const std::vector<IpAddress>& addresses) {
  json list = json::array();
  for (const IpAddress& address : addresses) list.push_back(address.to_string());
  return list;
}

IpAddress address_of(const json& text) {
  const auto address = IpAddress::parse(text.get_ref<const std::string&>());
  if (!address) throw std::invalid_argument("an address that is none");
  return *address;
}

json json_of_zone(const ServedZone& zone) {
  json places = json::array(), names = json::array();
  for (const ListenPlace& place : zone.places)
    places.push_back({{"address", place.address.to_string()}, {"device", place.device}});
  for (const NamedAddresses& one : zone.names)
    names.push_back({{"name", one.name}, {"addresses", json_of_addresses(one.addresses)}});
  return {{"name", zone.name}, {"places", std::move(places)}, {"names", std::move(names)}};
}

ServedZone zone_of(const json& row) {
  ServedZone zone{.name = row.at("name"), .places = {}, .names = {}};
  for (const json& place : row.at("places"))
    zone.places.push_back({address_of(place.at("address")), place.at("device")});
  for (const json& one : row.at("names")) {
    NamedAddresses named{.name = one.at("name"), .addresses = {}};
    for (const json& address : one.at("addresses")) named.addresses.push_back(address_of(address));
    zone.names.push_back(std::move(named));
  }
  return zone;
}

DnsCounts counts_of(const json& row) {
  DnsCounts counts;
#define X(name, text) counts.name = row.at(#name);
  SLUICE_DNS_COUNTERS(X)
#undef X
  return counts;
}

std::string line_of_message(const json& message) {
  return message.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

}   // namespace

std::string encode_resolver_order(const ResolverOrder& order) {
  json upstreams = json::array(), zones = json::array();
  for (const Endpoint& upstream : order.settings.upstreams) upstreams.push_back(to_string(upstream));
  for (const ServedZone& zone : order.zones) zones.push_back(json_of_zone(zone));
  return line_of_message({{"upstreams", std::move(upstreams)}, {"zones", std::move(zones)}});
}

Result<ResolverOrder> decode_resolver_order(std::string_view line) try {
  const json message = json::parse(line);
  ResolverOrder order;
  for (const json& text : message.at("upstreams")) {
    const auto upstream = parse_endpoint(text.get_ref<const std::string&>());
    if (!upstream) throw std::invalid_argument("a server that is none");
    order.settings.upstreams.push_back(*upstream);
  }
  for (const json& zone : message.at("zones")) order.zones.push_back(zone_of(zone));
  return order;
} catch (const std::exception& error) {
  return fail(std::string("what the resolver is told: ") + error.what());
}

std::string encode_resolver_news(const ResolverNews& news) {
  json zones = json::object();
  for (const auto& [name, counts] : news.zones) {
    json& row = zones[name];
#define X(member, text) row[#member] = counts.member;
    SLUICE_DNS_COUNTERS(X)
#undef X
  }
  return line_of_message({{"zones", std::move(zones)},
                          {"troubles", news.troubles},
                          {"cache_bytes", news.cache_bytes},
                          {"cache_entries", news.cache_entries}});
}

Result<ResolverNews> decode_resolver_news(std::string_view line) try {
  const json message = json::parse(line);
  ResolverNews news{.zones = {},
                    .troubles = message.at("troubles").get<std::vector<std::string>>(),
                    .cache_bytes = message.at("cache_bytes"),
                    .cache_entries = message.at("cache_entries")};
  for (const auto& [name, row] : message.at("zones").items()) news.zones.emplace(name, counts_of(row));
  return news;
} catch (const std::exception& error) {
  return fail(std::string("what the resolver tells: ") + error.what());
}

}   // namespace sluice
