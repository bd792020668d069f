// SPDX-License-Identifier: GPL-2.0-or-later
#include "mapper/wire.hpp"

#include <netinet/in.h>

#include <stdexcept>

#include "talk/json_values.hpp"

namespace sluice {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr size_t kNonceDigits = 24;

Prefix said_prefix(const json& text) {
  const auto prefix = Prefix::parse(text.get_ref<const std::string&>());
  if (!prefix) throw std::invalid_argument("a network that is none");
  return *prefix;
}

json json_of_mapping_zone(const MappingZone& zone) {
  json places = json::array(), hosts = json::array();
  for (const ListenPlace& place : zone.places)
    places.push_back({{"address", place.address.to_string()}, {"device", place.device}});
  for (const Prefix& prefix : zone.hosts) hosts.push_back(prefix.to_string());
  return {{"name", zone.name},
          {"places", std::move(places)},
          {"hosts", std::move(hosts)},
          {"outside", zone.outside ? json(zone.outside->to_string()) : json()}};
}

MappingZone mapping_zone_of(const json& row) {
  MappingZone zone{.name = row.at("name"), .places = {}, .hosts = {}, .outside = {}};
  for (const json& place : row.at("places"))
    zone.places.push_back({json_address(place.at("address")), place.at("device")});
  for (const json& prefix : row.at("hosts")) zone.hosts.push_back(said_prefix(prefix));
  if (const json& outside = row.at("outside"); !outside.is_null()) zone.outside = json_address(outside);
  return zone;
}

MappingOrder mapping_order_of(const json& message) {
  MappingOrder order;
  for (const json& zone : message.at("zones")) order.zones.push_back(mapping_zone_of(zone));
  order.third_party = message.at("third_party");
  order.longest = seconds(message.at("longest").get<int64_t>());
  order.start = std::chrono::sys_seconds(seconds(message.at("start").get<int64_t>()));
  return order;
}

MappingResult result_of(const json& number) {
  const auto result = number.get<unsigned>();
  if (result > static_cast<unsigned>(MappingResult::kNotThatPort))
    throw std::invalid_argument("a result that is none");
  return static_cast<MappingResult>(result);
}

MappingRequest mapping_request_of(const json& message) {
  MappingRequest request;
  request.number = message.at("request");
  request.key = {message.at("zone"), json_address(message.at("host")), message.at("protocol"),
                 message.at("port")};
  request.nonce = message.at("nonce");
  request.life = seconds(message.at("life").get<int64_t>());
  request.wanted_port = message.at("wanted_port");
  request.exactly = message.at("exactly");
  request.all = message.at("all");
  const bool has_ports = request.key.protocol == IPPROTO_TCP || request.key.protocol == IPPROTO_UDP;
  const bool has_nonce = request.nonce.empty() || request.nonce.size() == kNonceDigits;
  if (!has_ports || !has_nonce || !request.key.host.is_ipv4() || request.life < seconds(0))
    throw std::invalid_argument("a request that is none");
  return request;
}

MappingNews mapping_news_of(const json& message) {
  MappingNews news;
  news.troubles = message.at("troubles").get<std::vector<std::string>>();
#define X(name, text) news.name = message.at(#name);
  SLUICE_MAPPING_COUNTERS(X)
#undef X
  return news;
}

}   // namespace

std::string encode_mapping_order(const MappingOrder& order) {
  json zones = json::array();
  for (const MappingZone& zone : order.zones) zones.push_back(json_of_mapping_zone(zone));
  return line_of_json({{"zones", std::move(zones)},
                       {"third_party", order.third_party},
                       {"longest", order.longest.count()},
                       {"start", order.start.time_since_epoch().count()}});
}

std::string encode_mapping_answer(const MappingAnswer& answer) {
  return line_of_json({{"answer", answer.number},
                       {"result", static_cast<unsigned>(answer.result)},
                       {"port", answer.port},
                       {"life", answer.life.count()}});
}

Result<MapperCommand> decode_mapper_command(std::string_view line) try {
  const json message = json::parse(line);
  if (!message.contains("answer")) return mapping_order_of(message);
  return MappingAnswer{message.at("answer"), result_of(message.at("result")), message.at("port"),
                       seconds(message.at("life").get<int64_t>())};
} catch (const std::exception& error) {
  return fail(std::string("what the mapper is told: ") + error.what());
}

std::string encode_mapping_request(const MappingRequest& request) {
  return line_of_json({{"request", request.number},
                       {"zone", request.key.zone},
                       {"host", request.key.host.to_string()},
                       {"protocol", request.key.protocol},
                       {"port", request.key.port},
                       {"nonce", request.nonce},
                       {"life", request.life.count()},
                       {"wanted_port", request.wanted_port},
                       {"exactly", request.exactly},
                       {"all", request.all}});
}

std::string encode_mapping_news(const MappingNews& news) {
  json message = {{"troubles", news.troubles}};
#define X(name, text) message[#name] = news.name;
  SLUICE_MAPPING_COUNTERS(X)
#undef X
  return line_of_json(message);
}

Result<MapperSaying> decode_mapper_saying(std::string_view line) try {
  const json message = json::parse(line);
  if (message.contains("request")) return mapping_request_of(message);
  return mapping_news_of(message);
} catch (const std::exception& error) {
  return fail(std::string("what the mapper tells: ") + error.what());
}

}   // namespace sluice
