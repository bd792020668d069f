// SPDX-License-Identifier: GPL-2.0-or-later

#include <fmt/format.h>

#include <algorithm>
#include <limits>

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

Prefix Prefix::of_host(const IpAddress& address) { return {address, static_cast<uint8_t>(address.bits())}; }

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

bool contains(const std::vector<Prefix>& prefixes, const IpAddress& address) {
  return std::ranges::any_of(prefixes, [&](const Prefix& one) { return one.contains(address); });
}

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

std::optional<AddressRange> AddressRange::parse(std::string_view text) {
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) {
    const auto prefix = Prefix::parse(text);
    return prefix ? std::optional(AddressRange{prefix->address, prefix->last()}) : std::nullopt;
  }
  const auto first = IpAddress::parse(text.substr(0, dash)), last = IpAddress::parse(text.substr(dash + 1));
  if (!first || !last || first->family() != last->family() || *last < *first) return std::nullopt;
  return AddressRange{*first, *last};
}

bool AddressRange::contains(const IpAddress& address) const {
  return address.family() == first.family() && first <= address && address <= last;
}

bool AddressRange::overlaps(const AddressRange& other) const {
  return first.family() == other.first.family() && first <= other.last && other.first <= last;
}

uint64_t AddressRange::size() const {
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  const Wide distance = detail::wide(last) - detail::wide(first);
  return distance >= kMost ? kMost : static_cast<uint64_t>(distance) + 1;
}

std::string AddressRange::to_string() const {
  return first == last ? first.to_string() : fmt::format("{}-{}", first.to_string(), last.to_string());
}

std::optional<PortRange> PortRange::parse(std::string_view text) {
  const size_t dash = text.find('-');
  const auto first = detail::parse_decimal(text.substr(0, dash), 65535);
  const auto last =
      dash == std::string_view::npos ? first : detail::parse_decimal(text.substr(dash + 1), 65535);
  if (!first || !last || *first == 0 || *last < *first) return std::nullopt;
  return PortRange{static_cast<uint16_t>(*first), static_cast<uint16_t>(*last)};
}

std::string PortRange::to_string() const {
  return first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
}

// The largest block that is aligned at the start of the rest and ends within it, again and again.
std::vector<PortBlock> split_into_blocks(const PortRange& range) {
  std::vector<PortBlock> blocks;
  for (uint32_t at = range.first; at <= range.last;) {
    uint32_t size = 1;
    uint8_t bits = 16;
    while (bits > 0 && at % (size * 2) == 0 && at + size * 2 - 1 <= range.last) size *= 2, --bits;
    blocks.push_back({static_cast<uint16_t>(at), bits});
    at += size;
  }
  return blocks;
}

}   // namespace sluice
