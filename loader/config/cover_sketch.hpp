// SPDX-License-Identifier: GPL-2.0-or-later
// What one policy must agree with to be covered by another, in a few words that are compared in a nanosecond:
// millions of pairs are looked at, and nearly all of them end here, most at their ports already.
#pragma once

#include <cstdint>

#include "model/document.hpp"

namespace sluice::config {

struct PortReach {
  uint16_t first = 0, last = 0xffff;   // all ports lie between
  explicit PortReach(const Policy& policy);
};

// All but the ports.
class CoverSketch {
 public:
  explicit CoverSketch(const Policy& policy);

  // False: the wide one surely does not cover the narrow one.
  static bool may_cover(const CoverSketch& wide, const CoverSketch& narrow);

 private:
  // Of an address: anything, one prefix, or more than is compared here.
  struct Side {
    enum class Kind : uint8_t { kAny, kOnePrefix, kMore };
    explicit Side(const AddressMatch& match);

    Kind kind = Kind::kAny;
    Prefix first;   // of the prefixes, where there are some
  };
  static bool side_may_cover(const Side& wide, const Side& narrow);

  uint64_t protocols_ = 0;   // a bit for each, several have the same one; 0: any
  Side source_, destination_;
};

}   // namespace sluice::config
