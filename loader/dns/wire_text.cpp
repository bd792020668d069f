// SPDX-License-Identifier: GPL-2.0-or-later
#include "dns/wire_text.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace sluice::dns {
namespace {

constexpr size_t kLongestName = 255, kLongestLabel = 63;

void add_byte(std::string& text, uint8_t byte) {
  const bool plain = byte > ' ' && byte < 0x7f && byte != '.' && byte != '\\';
  if (plain)
    text.push_back(static_cast<char>(lower_case(byte)));
  else
    text += fmt::format("\\{:03}", byte);
}

}   // namespace

std::optional<std::string> text_of_name(BytesView name) {
  std::string text;
  if (name.size() > kLongestName) return std::nullopt;
  for (size_t at = 0; at < name.size();) {
    const size_t length = name[at++];
    if (length == 0) return at == name.size() ? std::optional(text) : std::nullopt;
    if (length > kLongestLabel || at + length > name.size()) return std::nullopt;
    if (!text.empty()) text.push_back('.');
    for (const uint8_t byte : name.subspan(at, length)) add_byte(text, byte);
    at += length;
  }
  return std::nullopt;
}

Bytes wire_of_name(std::string_view name) {
  Bytes wire;
  for (const std::string_view label : split(name, '.')) {
    wire.push_back(static_cast<uint8_t>(label.size()));
    wire.insert(wire.end(), label.begin(), label.end());
  }
  wire.push_back(0);
  return wire;
}

std::string reverse_name(const IpAddress& address) {
  std::string name;
  const auto& bytes = address.bytes();
  const size_t first = address.is_ipv4() ? 12 : 0;
  for (size_t at = bytes.size(); at-- > first;)
    name += address.is_ipv4() ? fmt::format("{}.", bytes[at])
                              : fmt::format("{:x}.{:x}.", bytes[at] & 15, bytes[at] >> 4);
  return name + (address.is_ipv4() ? "in-addr.arpa" : "ip6.arpa");
}

}   // namespace sluice::dns
