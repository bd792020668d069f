// SPDX-License-Identifier: GPL-2.0-or-later
// What networks and endpoints were given, where the document does not say it. It is theirs for ever.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>

namespace sluice {

struct AllotmentKey {
  std::string network;
  std::string endpoint;   // empty: it is the network's own
  std::string what;       // "port", "vcid", "subnet", ...
  auto operator<=>(const AllotmentKey&) const = default;
};

struct Allotment {
  std::string value;   // in the spelling of the document
  int64_t freed = 0;   // seconds since 1970 when its owner was gone; 0: it is in use
  bool operator==(const Allotment&) const = default;
};

using Allotments = std::map<AllotmentKey, Allotment>;

}   // namespace sluice
