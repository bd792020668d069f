// SPDX-License-Identifier: GPL-2.0-or-later
// What a container is given when it is attached: its addresses and the name of a device. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/container.hpp"

namespace sluice {

// Those that are attached, and by subnet the number of the pair that was given last: an address rests for as
// long as others are left.
struct Containers {
  std::vector<Container> attached;
  std::map<Prefix, uint64_t> last;
};

// Fills in what it lacks. One that is attached already, into the same subnets, keeps what it has. `devices`:
// names that are taken. Failure (kUsage): the addresses that it asks for cannot be had, or none is left.
Result<> place_container(Container& container, Containers& containers, const std::set<std::string>& devices);

}   // namespace sluice
