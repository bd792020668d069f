// SPDX-License-Identifier: GPL-2.0-or-later
// Values within lines of JSON that processes say to each other. Those that read throw what makes no sense,
// which is caught where a line is read.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>

#include "model/address.hpp"

namespace sluice {

inline std::string line_of_json(const nlohmann::json& message) {
  return message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

inline IpAddress json_address(const nlohmann::json& text) {
  const auto address = IpAddress::parse(text.get_ref<const std::string&>());
  if (!address) throw std::invalid_argument("an address that is none");
  return *address;
}

inline nlohmann::json address_row(const std::optional<IpAddress>& address) {
  return address ? nlohmann::json(address->to_string()) : nlohmann::json();
}

inline std::optional<IpAddress> optional_json_address(const nlohmann::json& text) {
  return text.is_null() ? std::nullopt : std::optional(json_address(text));
}

inline nlohmann::json endpoint_row(const Endpoint& endpoint) {
  return {{"address", endpoint.address.to_string()}, {"port", endpoint.port}};
}

inline nlohmann::json endpoint_row(const std::optional<Endpoint>& endpoint) {
  return endpoint ? endpoint_row(*endpoint) : nlohmann::json();
}

inline Endpoint endpoint_in(const nlohmann::json& row) {
  return {json_address(row.at("address")), row.at("port")};
}

inline std::optional<Endpoint> optional_endpoint_in(const nlohmann::json& row) {
  return row.is_null() ? std::nullopt : std::optional(endpoint_in(row));
}

// One of a few values that are numbered from 0.
template <class Enum>
Enum enum_in(const nlohmann::json& number, size_t count) {
  const auto value = number.get<size_t>();
  if (value >= count) throw std::invalid_argument("a number that is none of these");
  return static_cast<Enum>(value);
}

}   // namespace sluice
