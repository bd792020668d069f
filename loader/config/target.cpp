// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/target.hpp"

#include <fmt/format.h>

#include "config/address_values.hpp"
#include "config/complaints.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr auto kRemedy = R"(such as "192.168.10.2:8080", "[2001:db8::2]:8080" or "192.168.10.2")";

struct Parts {
  std::string_view address;
  std::optional<std::string_view> ports;
  bool bracketed = false;
};

// nullopt: a bracket too much or too few.
std::optional<Parts> split_bracketed(std::string_view text) {
  const size_t close = text.find(']');
  if (close == std::string_view::npos) return std::nullopt;
  const auto rest = text.substr(close + 1);
  if (!rest.empty() && rest[0] != ':') return std::nullopt;
  const auto ports = rest.empty() ? std::nullopt : std::optional(rest.substr(1));
  return Parts{text.substr(1, close - 1), ports, true};
}

std::optional<Parts> split_target(std::string_view text) {
  if (text.starts_with('[')) return split_bracketed(text);
  const size_t colon = text.find(':');
  const bool one_colon =
      colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos;
  if (!one_colon) return Parts{text, std::nullopt};   // without a port, or IPv6
  return Parts{text.substr(0, colon), text.substr(colon + 1)};
}

// "2001:db8::2:8080" is an address by itself, but hardly what was meant.
void warn_of_swallowed_port(std::string_view text, const Node& node, Complaints& complaints) {
  const size_t colon = text.rfind(':');
  const auto address = text.substr(0, colon), port = text.substr(colon + 1);
  if (port.size() < 2 || !PortRange::parse(port) || !IpAddress::parse(address)) return;
  complaints.warn(node, fmt::format("{} is one address without a port", quote(text)),
                  fmt::format("write \"[{}]:{}\" if a port is meant", address, port));
}

bool can_be_reached(const IpAddress& address, const Node& node, Complaints& complaints) {
  if (!address.is_unspecified() && !address.is_multicast() && !address.is_loopback()) return true;
  complaints.say(node, fmt::format("nothing can be forwarded to {}", address.to_string()),
                 "the address of an inside host");
  return false;
}

bool brackets_fit(const Parts& parts, const IpAddress& address) {
  return !parts.bracketed || !address.is_ipv4();
}

}   // namespace

std::optional<Target> read_target(const Node& node, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  if (!text) return std::nullopt;
  const auto parts = split_target(*text);
  const auto address = parts ? IpAddress::parse(parts->address) : std::nullopt;
  if (!address || !brackets_fit(*parts, *address)) {
    complaints.say(node, fmt::format("{} is not a target", quote(*text)), kRemedy);
    return std::nullopt;
  }
  if (!can_be_reached(*address, node, complaints)) return std::nullopt;
  if (!parts->ports) {
    if (!parts->bracketed && !address->is_ipv4()) warn_of_swallowed_port(*text, node, complaints);
    return Target{*address, std::nullopt};
  }
  const auto ports = parse_ports(*parts->ports, node, complaints);
  if (!ports) return std::nullopt;
  return Target{*address, ports, parts->ports->contains('-')};
}

}   // namespace sluice::config
