// SPDX-License-Identifier: GPL-2.0-or-later
#include <netinet/in.h>

#include <charconv>

#include "base/text.hpp"

namespace sluice {
namespace {

struct Named {
  std::string_view name;
  uint8_t number;
};
constexpr Named kProtocols[] = {
    {"tcp", IPPROTO_TCP},   {"udp", IPPROTO_UDP}, {"icmp", IPPROTO_ICMP}, {"icmpv6", IPPROTO_ICMPV6},
    {"sctp", IPPROTO_SCTP}, {"gre", IPPROTO_GRE}, {"esp", IPPROTO_ESP},   {"udplite", IPPROTO_UDPLITE},
};

std::optional<uint8_t> parse_number(std::string_view text) {
  uint8_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  return number;
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

}   // namespace sluice
