// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>

#include "model/address.hpp"
#include "model/number.hpp"
#include "model/wide.hpp"

namespace sluice {
namespace {

bool host_bits_clear(const InterfaceAddress& network) {
  return Prefix::of(network).address == network.address;
}

std::optional<InterfaceAddress> parse_network(std::string_view text) {
  if (text.contains('/')) return InterfaceAddress::parse(text);
  const auto address = IpAddress::parse(text);
  if (!address) return std::nullopt;
  return InterfaceAddress{*address, static_cast<uint8_t>(address->bits())};
}

}   // namespace

std::optional<InterfaceAddress> InterfaceAddress::parse(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const auto length = detail::parse_decimal(text.substr(slash + 1), static_cast<unsigned>(address->bits()));
  if (!length) return std::nullopt;
  return InterfaceAddress{*address, static_cast<uint8_t>(*length)};
}

std::string InterfaceAddress::to_string() const { return fmt::format("{}/{}", address.to_string(), length); }

std::optional<Prefix> Prefix::parse(std::string_view text) {
  const auto network = parse_network(text);
  if (!network || !host_bits_clear(*network)) return std::nullopt;
  return Prefix{network->address, network->length};
}

bool Prefix::has_host_bits(std::string_view text) {
  const auto network = parse_network(text);
  return network && !host_bits_clear(*network);
}

Prefix Prefix::of(const InterfaceAddress& network) {
  const int length = network.address.is_ipv4() ? network.length + 96 : network.length;
  const auto address = detail::narrow(detail::wide(network.address) & ~detail::host_mask(length));
  return Prefix{address, network.length};
}

IpAddress Prefix::last() const {
  return detail::narrow(detail::wide(address) | detail::host_mask(mapped_length()));
}

bool Prefix::contains(const IpAddress& other) const {
  if (other.family() != address.family()) return false;
  return ((detail::wide(other) ^ detail::wide(address)) & ~detail::host_mask(mapped_length())) == 0;
}

bool Prefix::contains(const Prefix& other) const { return length <= other.length && contains(other.address); }

bool Prefix::overlaps(const Prefix& other) const { return contains(other) || other.contains(*this); }

std::vector<Prefix> difference(const Prefix& whole, const Prefix& hole) {
  if (!whole.overlaps(hole)) return {whole};
  std::vector<Prefix> left;   // of each half, the one that the hole is not in
  for (uint8_t length = whole.length + 1; length <= hole.length; ++length) {
    const Prefix half = Prefix::of({hole.address, length});
    const auto side = detail::host_mask(half.mapped_length() - 1) ^ detail::host_mask(half.mapped_length());
    left.push_back({detail::narrow(detail::wide(half.address) ^ side), length});
  }
  return left;
}

std::string Prefix::to_string() const { return fmt::format("{}/{}", address.to_string(), length); }

}   // namespace sluice
