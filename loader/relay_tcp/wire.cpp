// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay_tcp/wire.hpp"

#include "talk/json_values.hpp"

namespace sluice {

using nlohmann::json;

std::string encode_relay_tcp_order(const RelayTcpOrder& order) {
  json calls = json::array();
  for (const RelayTcpCall& call : order.calls)
    calls.push_back({{"name", call.name}, {"at", endpoint_row(call.at)}});
  json message = {{"listen", nullptr}, {"calls", std::move(calls)}};
  if (order.listen) message["listen"] = {{"port", order.listen->port}, {"tunnel", order.listen->tunnel}};
  return line_of_json(message);
}

Result<RelayTcpOrder> decode_relay_tcp_order(std::string_view line) try {
  const json message = json::parse(line);
  RelayTcpOrder order;
  if (const json& listen = message.at("listen"); !listen.is_null())
    order.listen = RelayTcpListen{.port = listen.at("port"), .tunnel = listen.at("tunnel")};
  for (const json& row : message.at("calls"))
    order.calls.push_back({.name = row.at("name"), .at = endpoint_in(row.at("at"))});
  return order;
} catch (const std::exception& error) {
  return fail(std::string("what is to be carried over TLS: ") + error.what());
}

std::string encode_relay_tcp_news(const RelayTcpNews& news) {
  json calls = json::array();
  for (const RelayTcpCallNews& call : news.calls)
    calls.push_back({{"name", call.name},
                     {"port", call.port},
                     {"connected", call.connected},
                     {"udp_answers", call.udp_answers},
                     {"trouble", call.trouble}});
  return line_of_json({{"troubles", news.troubles}, {"calls", std::move(calls)}});
}

Result<RelayTcpNews> decode_relay_tcp_news(std::string_view line) try {
  const json message = json::parse(line);
  RelayTcpNews news{.troubles = message.at("troubles").get<std::vector<std::string>>(), .calls = {}};
  for (const json& row : message.at("calls"))
    news.calls.push_back({.name = row.at("name"),
                          .port = row.at("port"),
                          .connected = row.at("connected"),
                          .udp_answers = row.at("udp_answers"),
                          .trouble = row.at("trouble")});
  return news;
} catch (const std::exception& error) {
  return fail(std::string("what is carried over TLS: ") + error.what());
}

}   // namespace sluice
