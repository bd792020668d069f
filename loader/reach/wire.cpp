// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach/wire.hpp"

#include "pcp/client_message.hpp"
#include "talk/json_values.hpp"

namespace sluice {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using std::chrono::sys_seconds;

AskedBy asked_by_in(const json& number) { return enum_in<AskedBy>(number, kAskedByNames.size()); }

template <class Value, class Row>
json rows_of(const std::vector<Value>& values, const Row& row) {
  json rows = json::array();
  for (const Value& one : values) rows.push_back(row(one));
  return rows;
}

json port_of_ours_row(const PortOfOurs& port) {
  return {{"port", port.port}, {"nonce", port.nonce}, {"outside", port.outside}, {"outside6", port.outside6}};
}

PortOfOurs port_of_ours_in(const json& row) {
  PortOfOurs port{row.at("port"), row.at("nonce"), row.at("outside"), row.at("outside6")};
  if (!port.nonce.empty() && !pcp::parse_nonce(port.nonce))
    throw std::invalid_argument("a nonce that is none");
  return port;
}

json router_row(const RouterNews& news) {
  return {{"state", static_cast<unsigned>(news.state)},
          {"by", static_cast<unsigned>(news.by)},
          {"outside", endpoint_row(news.outside)},
          {"until", news.until ? json(news.until->time_since_epoch().count()) : json()},
          {"trouble", news.trouble}};
}

RouterNews router_in(const json& row) {
  RouterNews news;
  news.state = enum_in<PortState>(row.at("state"), kPortStateNames.size());
  news.by = asked_by_in(row.at("by"));
  news.outside = optional_endpoint_in(row.at("outside"));
  if (const json& until = row.at("until"); !until.is_null())
    news.until = sys_seconds(seconds(until.get<int64_t>()));
  news.trouble = row.at("trouble");
  return news;
}

json seen_row(const SeenNews& news) {
  return {{"server", news.server},
          {"mapped", endpoint_row(news.mapped)},
          {"open", endpoint_row(news.open)},
          {"mapping", static_cast<unsigned>(news.mapping)},
          {"filtering", static_cast<unsigned>(news.filtering)},
          {"lifetime", news.lifetime ? json(news.lifetime->count()) : json()}};
}

std::optional<seconds> optional_seconds_in(const json& number) {
  return number.is_null() ? std::nullopt : std::optional(seconds(number.get<int64_t>()));
}

SeenNews seen_in(const json& row) {
  return {.server = row.at("server"),
          .mapped = optional_endpoint_in(row.at("mapped")),
          .open = optional_endpoint_in(row.at("open")),
          .mapping = enum_in<NatBehaviour>(row.at("mapping"), kNatBehaviourNames.size()),
          .filtering = enum_in<NatBehaviour>(row.at("filtering"), kNatBehaviourNames.size()),
          .lifetime = optional_seconds_in(row.at("lifetime"))};
}

json path_row(const PathOrder& order) {
  return {{"port", order.port},
          {"peer", order.peer},
          {"secret", order.key.secret},
          {"tag", order.key.tag},
          {"dial", endpoint_row(order.dial)},
          {"relays", rows_of(order.relays, [](const Endpoint& one) { return endpoint_row(one); })},
          {"yields", order.yields},
          {"behind", rows_of(order.behind, [](const Prefix& one) { return json(one.to_string()); })},
          {"preferred", order.preferred}};
}

Prefix prefix_in(const json& text) {
  const auto prefix = Prefix::parse(text.get_ref<const std::string&>());
  if (!prefix) throw std::invalid_argument("a prefix that is none");
  return *prefix;
}

PathOrder path_in(const json& row) {
  PathOrder order{.port = row.at("port"),
                  .peer = row.at("peer"),
                  .key = {row.at("secret"), row.at("tag")},
                  .dial = optional_endpoint_in(row.at("dial")),
                  .relays = {},
                  .yields = row.at("yields"),
                  .behind = {}};
  for (const json& one : row.at("relays")) order.relays.push_back(endpoint_in(one));
  order.preferred.clear();
  for (const json& one : row.at("preferred"))
    order.preferred.push_back(enum_in<PathKind>(one, kPathKindNames.size()));
  for (const json& one : row.at("behind")) order.behind.push_back(prefix_in(one));
  return order;
}

json relay_row(const PathRelay& relay) {
  return {{"ends", rows_of(relay.ends, [](const IpAddress& one) { return json(one.to_string()); })},
          {"at", endpoint_row(relay.at)},
          {"to_port", relay.to_port}};
}

PathRelay relay_in(const json& row) {
  PathRelay relay{.at = optional_endpoint_in(row.at("at")), .to_port = row.at("to_port")};
  for (const json& end : row.at("ends")) relay.ends.push_back(json_address(end));
  return relay;
}

json path_news_row(const PathNews& news) {
  return {{"port", news.port},
          {"peer", news.peer},
          {"kind", static_cast<unsigned>(news.kind)},
          {"place", endpoint_row(news.place)}};
}

PathNews path_news_in(const json& row) {
  return {.port = row.at("port"),
          .peer = row.at("peer"),
          .kind = enum_in<PathKind>(row.at("kind"), kPathKindNames.size()),
          .place = optional_endpoint_in(row.at("place"))};
}

ReachOrder order_in(const json& message) {
  ReachOrder order;
  order.device = message.at("device");
  order.index = message.at("index");
  order.local = optional_json_address(message.at("local"));
  order.router = optional_json_address(message.at("router"));
  order.local6 = optional_json_address(message.at("local6"));
  order.router6 = optional_json_address(message.at("router6"));
  for (const json& by : message.at("by")) order.by.push_back(asked_by_in(by));
  for (const json& row : message.at("stun")) order.stun.push_back({row.at("host"), row.at("port")});
  order.lease = seconds(message.at("lease").get<int64_t>());
  order.round = message.at("round");
  for (const json& row : message.at("ports")) order.ports.push_back(port_of_ours_in(row));
  for (const json& row : message.at("to_return"))
    order.to_return.push_back({port_of_ours_in(row.at("port")), asked_by_in(row.at("by"))});
  for (const json& row : message.at("paths")) order.paths.push_back(path_in(row));
  for (const json& row : message.at("relays")) order.relays.push_back(relay_in(row));
  return order;
}

ReachNews news_in(const json& message) {
  ReachNews news;
  for (const json& row : message.at("ports"))
    news.ports.push_back(
        {row.at("port"), router_in(row.at("router")), router_in(row.at("router6")), seen_in(row.at("seen"))});
  news.returned = message.at("returned").get<std::vector<uint16_t>>();
  for (const json& row : message.at("paths")) news.paths.push_back(path_news_in(row));
  news.troubles = message.at("troubles").get<std::vector<std::string>>();
  news.round = message.at("round");
#define X(name, text) news.name = message.at(#name);
  SLUICE_REACH_COUNTERS(X)
#undef X
  return news;
}

}   // namespace

std::string encode_reach_order(const ReachOrder& order) {
  const auto to_return = [](const PortToReturn& one) {
    return json{{"port", port_of_ours_row(one.port)}, {"by", static_cast<unsigned>(one.by)}};
  };
  return line_of_json(
      {{"device", order.device},
       {"index", order.index},
       {"local", address_row(order.local)},
       {"router", address_row(order.router)},
       {"local6", address_row(order.local6)},
       {"router6", address_row(order.router6)},
       {"by", rows_of(order.by, [](AskedBy one) { return json(static_cast<unsigned>(one)); })},
       {"stun", rows_of(order.stun,
                        [](const StunServer& one) {
                          return json{{"host", one.host}, {"port", one.port}};
                        })},
       {"lease", order.lease.count()},
       {"round", order.round},
       {"ports", rows_of(order.ports, port_of_ours_row)},
       {"to_return", rows_of(order.to_return, to_return)},
       {"paths", rows_of(order.paths, path_row)},
       {"relays", rows_of(order.relays, relay_row)}});
}

Result<ReachOrder> decode_reach_order(std::string_view line) try {
  return order_in(json::parse(line));
} catch (const std::exception& error) {
  return fail(std::string("what is to be reached: ") + error.what());
}

std::string encode_reach_news(const ReachNews& news) {
  json ports = json::array();
  for (const PortNews& one : news.ports)
    ports.push_back({{"port", one.port},
                     {"router", router_row(one.router)},
                     {"router6", router_row(one.router6)},
                     {"seen", seen_row(one.seen)}});
  json message = {{"ports", std::move(ports)},
                  {"paths", rows_of(news.paths, path_news_row)},
                  {"returned", news.returned},
                  {"troubles", news.troubles},
                  {"round", news.round}};
#define X(name, text) message[#name] = news.name;
  SLUICE_REACH_COUNTERS(X)
#undef X
  return line_of_json(message);
}

Result<ReachNews> decode_reach_news(std::string_view line) try {
  return news_in(json::parse(line));
} catch (const std::exception& error) {
  return fail(std::string("what is found out of routers: ") + error.what());
}

}   // namespace sluice
