// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/protocol.hpp"

#include "base/number.hpp"
#include "maps/protocols.h"

namespace sluice {
namespace {

struct Named {
  std::string_view name;
  uint8_t number;
};
#define X(name, number, ...) {#name, number},
constexpr Named kProtocols[] = {SL_PROTOCOLS(X)};
#undef X

std::optional<uint8_t> parse_number(std::string_view text) {
  return text.size() > 1 && text[0] == '0' ? std::nullopt : whole_number<uint8_t>(text);
}

}   // namespace

std::optional<uint8_t> parse_protocol(std::string_view text) {
  for (const auto& protocol : kProtocols)
    if (protocol.name == text) return protocol.number;
  return parse_number(text);
}

std::string protocol_name(uint8_t number) {
  for (const auto& protocol : kProtocols)
    if (protocol.number == number) return std::string(protocol.name);
  return std::to_string(number);
}

bool has_ports(uint8_t number) { return sl_has_ports(number); }

std::vector<std::string_view> protocol_names() {
  std::vector<std::string_view> names;
  for (const auto& protocol : kProtocols) names.push_back(protocol.name);
  return names;
}

std::vector<std::string_view> protocols_with_ports() {
  std::vector<std::string_view> names;
  for (const auto& protocol : kProtocols)
    if (has_ports(protocol.number)) names.push_back(protocol.name);
  return names;
}

}   // namespace sluice
