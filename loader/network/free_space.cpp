// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/free_space.hpp"

#include <algorithm>
#include <utility>

#include "model/network.hpp"

namespace sluice {

const TakenNetwork* overlapping(const TakenNetworks& taken, const Prefix& prefix) {
  const auto at = std::ranges::find_if(taken, [&](const auto& one) { return one.prefix.overlaps(prefix); });
  return at == taken.end() ? nullptr : &*at;
}

// From one that overlaps the search goes on behind what is in the way.
std::optional<Prefix> free_subnet(const Prefix& container, uint8_t length, const TakenNetworks& taken) {
  if (length < container.length) return std::nullopt;
  Prefix candidate{container.address, length};
  while (container.contains(candidate)) {
    const TakenNetwork* other = overlapping(taken, candidate);
    if (!other) return candidate;
    const IpAddress last = std::max(other->prefix.last(), candidate.last()), next = last.plus(1);
    if (next <= last) return std::nullopt;   // that was the end of the family
    const InterfaceAddress place{next, length};
    candidate = Prefix::of(place);
    if (candidate.address < next) candidate.address = candidate.last().plus(1);
  }
  return std::nullopt;
}

FreeAddresses::FreeAddresses(const Prefix& subnet, std::set<IpAddress> used, std::set<IpAddress> resting)
    : subnet_(subnet), used_(std::move(used)), resting_(std::move(resting)), next_(gateway_address(subnet)) {}

std::optional<IpAddress> FreeAddresses::walk() {
  constexpr uint32_t kMostLooks = 65'536;
  for (uint32_t i = 0; i < kMostLooks && subnet_.contains(next_); ++i, next_ = next_.plus(1))
    if (!used_.contains(next_) && !resting_.contains(next_)) return next_;
  return std::nullopt;
}

std::optional<IpAddress> FreeAddresses::take_next() {
  std::optional<IpAddress> address = walk();
  if (!address && !resting_.empty()) {
    resting_.clear();
    next_ = gateway_address(subnet_);
    address = walk();
  }
  if (address) used_.insert(*address);
  return address;
}

FreeNumbers::FreeNumbers(uint32_t first, uint32_t last, std::set<uint32_t> used, std::set<uint32_t> resting)
    : first_(first), last_(last), next_(first), used_(std::move(used)), resting_(std::move(resting)) {}

std::optional<uint32_t> FreeNumbers::walk() {
  for (; next_ <= last_; ++next_)
    if (!resting_.contains(next_) && used_.insert(next_).second) return next_;
  return std::nullopt;
}

std::optional<uint32_t> FreeNumbers::take_next() {
  if (const auto number = walk()) return number;
  resting_.clear();
  next_ = first_;
  return walk();
}

uint8_t subnet_length(uint32_t users) {
  if (users == 1) return 31;
  uint8_t length = 30;
  while (length > 8 && (1u << (32 - length)) - 2 < users) --length;   // the network and the gateway
  return length;
}

}   // namespace sluice
