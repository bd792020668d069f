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
  return {{"name", zone.name},
          {"places", std::move(places)},
          {"names", std::move(names)},
          {"domains", zone.domains},
          {"strangers", zone.strangers}};
}

ServedZone zone_of(const json& row) {
  ServedZone zone{.name = row.at("name"),
                  .places = {},
                  .names = {},
                  .domains = row.at("domains"),
                  .strangers = row.at("strangers")};
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
  return line_of_message({{"upstreams", std::move(upstreams)},
                          {"grace", order.settings.grace.count()},
                          {"own", json_of_addresses(order.own)},
                          {"zones", std::move(zones)}});
}

std::string encode_look_up(const NumberedLookUp& one) {
  json addresses = json::array();
  for (const auto& [address, lives] : one.look_up.addresses)
    addresses.push_back({address.to_string(), lives.count()});
  return line_of_message({{"look_up", one.number},
                          {"zone", one.look_up.zone},
                          {"name", one.look_up.name},
                          {"client", one.look_up.client ? json(one.look_up.client->to_string()) : json()},
                          {"addresses", std::move(addresses)}});
}

std::string encode_look_up_done(const LookUpDone& done) {
  return line_of_message({{"done", done.number}, {"open", done.open}});
}

namespace {

NumberedLookUp look_up_of(const json& message) {
  NumberedLookUp one{message.at("look_up"), {message.at("zone"), message.at("name"), {}, {}}};
  if (const json& client = message.at("client"); !client.is_null()) one.look_up.client = address_of(client);
  for (const json& row : message.at("addresses"))
    one.look_up.addresses.emplace_back(address_of(row.at(0)), row.at(1).get<int64_t>());
  return one;
}

ResolverOrder order_of(const json& message) {
  ResolverOrder order;
  order.settings.grace = std::chrono::seconds(message.at("grace").get<int64_t>());
  for (const json& text : message.at("upstreams")) {
    const auto upstream = parse_endpoint(text.get_ref<const std::string&>());
    if (!upstream) throw std::invalid_argument("a server that is none");
    order.settings.upstreams.push_back(*upstream);
  }
  for (const json& zone : message.at("zones")) order.zones.push_back(zone_of(zone));
  for (const json& address : message.at("own")) order.own.push_back(address_of(address));
  return order;
}

ResolverNews news_of(const json& message) {
  ResolverNews news{.zones = {},
                    .troubles = message.at("troubles").get<std::vector<std::string>>(),
                    .cache_bytes = message.at("cache_bytes"),
                    .cache_entries = message.at("cache_entries")};
  for (const auto& [name, row] : message.at("zones").items()) news.zones.emplace(name, counts_of(row));
  return news;
}

}   // namespace

Result<ResolverCommand> decode_resolver_command(std::string_view line) try {
  const json message = json::parse(line);
  if (message.contains("done")) return LookUpDone{message.at("done"), message.at("open")};
  return order_of(message);
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

Result<ResolverSaying> decode_resolver_saying(std::string_view line) try {
  const json message = json::parse(line);
  if (message.contains("look_up")) return look_up_of(message);
  return news_of(message);
} catch (const std::exception& error) {
  return fail(std::string("what the resolver tells: ") + error.what());
}

}   // namespace sluice
