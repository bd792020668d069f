// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <limits>

#include "model/address.hpp"
#include "model/number.hpp"
#include "model/wide.hpp"

namespace sluice {

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
