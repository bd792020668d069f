// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/endpoint.hpp"

#include <fmt/format.h>

#include <charconv>

namespace sluice {

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view number = text.substr(colon + 1);
  std::string_view address = text.substr(0, colon);
  const bool bracketed = address.starts_with('[') && address.ends_with(']');
  if (bracketed) address = address.substr(1, address.size() - 2);
  const auto parsed = IpAddress::parse(address);
  Endpoint endpoint;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), endpoint.port);
  if (!parsed || parsed->is_ipv4() == bracketed || error != std::errc{} ||
      end != number.data() + number.size())
    return std::nullopt;
  endpoint.address = *parsed;
  return endpoint;
}

std::string to_string(const Endpoint& endpoint) {
  if (endpoint.port == 0) return endpoint.address.to_string();
  return fmt::format(fmt::runtime(endpoint.address.is_ipv4() ? "{}:{}" : "[{}]:{}"),
                     endpoint.address.to_string(), endpoint.port);
}

}   // namespace sluice
