// SPDX-License-Identifier: GPL-2.0-or-later
// How many connections a relay has at once, and of whom. Who has shown no key yet is one of few, and gives
// way to who comes next: the oldest of his own address where that has too many, else of the one that has
// most. Where all have shown one, the oldest of the neighbourhood that has most gives way to another one:
// one client with many addresses shuts nobody out. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>

#include "model/address.hpp"

namespace sluice {

class Visitors {
 public:
  static constexpr size_t kMost = 4096, kMostOfOne = 64, kMostUnknown = 512;
  using Number = uint64_t;

  // One more, of this address. `left`: who has to go for it. None: it may not stay.
  std::optional<Number> come(const IpAddress& from, std::optional<Number>& left);
  void prove(Number number);   // it has a key
  void leave(Number number);
  size_t count() const { return all_.size(); }

 private:
  struct Visitor {
    IpAddress source;
    bool known = false;
  };
  Number oldest_unknown() const;
  std::optional<Number> oldest_of_most(const IpAddress& source) const;

  std::map<Number, Visitor> all_;   // the oldest first
  std::map<IpAddress, size_t> of_source_;
  std::map<IpAddress, std::list<Number>> unknown_;
  size_t unknown_count_ = 0;
  Number next_ = 1;
};

// Whose a connection is: an address, or the /64 that a host of IPv6 has all to itself.
IpAddress source_of_visitor(const IpAddress& address);
// What a customer of a provider has at most, in the usual case: a /24, or a /48 of IPv6 (RFC 6177).
IpAddress neighbourhood_of_visitor(const IpAddress& address);

}   // namespace sluice
