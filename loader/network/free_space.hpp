// SPDX-License-Identifier: GPL-2.0-or-later
// What is free: of a range of prefixes, and of the addresses of a subnet.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "model/address.hpp"
#include "network/allocate.hpp"

namespace sluice {

using TakenNetworks = std::vector<TakenNetwork>;

// The first that overlaps; null: none does.
const TakenNetwork* overlapping(const TakenNetworks& taken, const Prefix& prefix);

// The first of that length that overlaps nothing; nullopt: none is left.
std::optional<Prefix> free_subnet(const Prefix& container, uint8_t length, const TakenNetworks& taken);

// What new endpoints get, lowest first. A thousand of them take one walk through the subnet, not one each.
class FreeAddresses {
 public:
  // `resting`: were given back lately, and are taken only where nothing else is left.
  FreeAddresses(const Prefix& subnet, std::set<IpAddress> used, std::set<IpAddress> resting);

  // Whether it was free, resting or not; it no longer is.
  bool take(const IpAddress& address) { return used_.insert(address).second; }
  // nullopt: none is left, or it lies too far from the first.
  std::optional<IpAddress> take_next();

 private:
  std::optional<IpAddress> walk();

  Prefix subnet_;
  std::set<IpAddress> used_, resting_;
  IpAddress next_;   // of those below it none is free
};

// The numbers of a range, each given once, the lowest first; those that rest only when nothing else is left.
class FreeNumbers {
 public:
  FreeNumbers(uint32_t first, uint32_t last, std::set<uint32_t> used, std::set<uint32_t> resting);

  bool take(uint32_t number) { return used_.insert(number).second; }
  std::optional<uint32_t> take_next();   // nullopt: none is left

 private:
  std::optional<uint32_t> walk();

  const uint32_t first_, last_;
  uint32_t next_;
  std::set<uint32_t> used_, resting_;
};

// The length of an IPv4 subnet for so many endpoints, 1 to 254.
uint8_t subnet_length(uint32_t users);

}   // namespace sluice
