// SPDX-License-Identifier: GPL-2.0-or-later
#include "ddns/order.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace sluice {
namespace {

using nlohmann::json;

std::string ddns_line(const json& message) {
  return message.dump(-1, ' ', true, json::error_handler_t::replace) + "\n";
}

json text_or_nothing(const std::optional<IpAddress>& address) {
  return address ? json(address->to_string()) : json();
}

std::optional<IpAddress> address_or_nothing(const json& text) {
  if (text.is_null()) return std::nullopt;
  const auto address = IpAddress::parse(text.get_ref<const std::string&>());
  if (!address) throw std::invalid_argument("an address that is none");
  return address;
}

Endpoint endpoint_in(const json& row) {
  return {address_or_nothing(row.at("address")).value_or(IpAddress()), row.at("port")};
}

DdnsOrder order_in(const json& message) {
  DdnsOrder order{.name = message.at("name"), .ttl = message.at("ttl"), .is_told = message.at("is_told")};
  order.spot = {address_or_nothing(message.at("ipv4")), address_or_nothing(message.at("ipv6")),
                message.at("port")};
  if (const json& updates = message.at("updates"); !updates.is_null())
    order.updates =
        DnsAccess{updates.at("server"), updates.at("zone"), updates.at("key"), updates.at("port")};
  if (const json& provider = message.at("provider"); !provider.is_null())
    order.provider = ProviderAccess{provider.at("url"), provider.at("token"), provider.at("ca")};
  for (const json& row : message.at("resolvers")) order.resolvers.push_back(endpoint_in(row));
  if (order.updates.has_value() == order.provider.has_value()) throw std::invalid_argument("nobody to tell");
  return order;
}

}   // namespace

std::string encode_ddns_order(const DdnsOrder& order) {
  json resolvers = json::array(), updates, provider;
  for (const Endpoint& one : order.resolvers)
    resolvers.push_back({{"address", one.address.to_string()}, {"port", one.port}});
  if (const auto& dns = order.updates)
    updates = {{"server", dns->server}, {"zone", dns->zone}, {"key", dns->key}, {"port", dns->port}};
  if (const auto& https = order.provider)
    provider = {{"url", https->url}, {"token", https->token}, {"ca", https->ca}};
  return ddns_line({{"name", order.name},
                    {"ttl", order.ttl},
                    {"ipv4", text_or_nothing(order.spot.ipv4)},
                    {"ipv6", text_or_nothing(order.spot.ipv6)},
                    {"port", order.spot.port},
                    {"updates", updates},
                    {"provider", provider},
                    {"resolvers", resolvers},
                    {"is_told", order.is_told}});
}

Result<DdnsOrder> decode_ddns_order(std::string_view line) try {
  return order_in(json::parse(line));
} catch (const std::exception& error) {
  return fail(std::string("an order for a name of DNS: ") + error.what());
}

std::string encode_ddns_outcome(const DdnsOutcome& outcome) {
  return ddns_line({{"is_told", outcome.is_told}, {"server", outcome.server}, {"error", outcome.error}});
}

Result<DdnsOutcome> decode_ddns_outcome(std::string_view line) try {
  const json message = json::parse(line);
  return DdnsOutcome{message.at("is_told"), message.at("server"), message.at("error")};
} catch (const std::exception& error) {
  return fail(std::string("what became of a name of DNS: ") + error.what());
}

}   // namespace sluice
