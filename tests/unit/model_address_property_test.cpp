// SPDX-License-Identifier: GPL-2.0-or-later
// What holds for all addresses, prefixes and ranges.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "model/address.hpp"

namespace sluice {
namespace {

IpAddress any_address() {
  if (*rc::gen::arbitrary<bool>()) return IpAddress::from_ipv4(*rc::gen::arbitrary<uint32_t>());
  std::array<uint8_t, 16> bytes;
  // Many zero bytes: the runs of zeros are what is hard to write.
  for (auto& byte : bytes) byte = *rc::gen::element(0, 0, 0, 1, 0x20, 0xff);
  bytes[0] |= 0x20;   // not an IPv4-mapped one
  return IpAddress::from_bytes(bytes);
}

Prefix any_prefix() {
  const auto address = any_address();
  const int length = *rc::gen::inRange(0, address.bits() + 1);
  return Prefix::of({address, static_cast<uint8_t>(length)});
}

// Near another one, so that overlaps happen.
Prefix prefix_around(const IpAddress& address) {
  return Prefix::of({address, static_cast<uint8_t>(*rc::gen::inRange(0, address.bits() + 1))});
}

PortRange any_ports() {
  const auto a = *rc::gen::inRange(1, 65536), b = *rc::gen::inRange(1, 65536);
  return {static_cast<uint16_t>(std::min(a, b)), static_cast<uint16_t>(std::max(a, b))};
}

RC_GTEST_PROP(AddressProperty, WhatIsWrittenReadsBack, ()) {
  const auto address = any_address();
  RC_ASSERT(IpAddress::parse(address.to_string()) == address);
  const auto prefix = any_prefix();
  RC_ASSERT(Prefix::parse(prefix.to_string()) == prefix);
  const auto ports = any_ports();
  RC_ASSERT(PortRange::parse(ports.to_string()) == ports);
}

RC_GTEST_PROP(AddressProperty, NoTextMakesTheParsersFail, ()) {
  const auto text =
      *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0123456789abcdf:./-% ")));
  if (const auto address = IpAddress::parse(text))
    RC_ASSERT(IpAddress::parse(address->to_string()) == address);
  if (const auto range = AddressRange::parse(text)) RC_ASSERT(range->first <= range->last);
  if (const auto prefix = Prefix::parse(text)) RC_ASSERT(!Prefix::has_host_bits(text));
}

RC_GTEST_PROP(AddressProperty, PlusGoesForwardAndAddsUp, ()) {
  const auto address = any_address();
  const uint64_t a = *rc::gen::inRange<uint64_t>(0, 1000), b = *rc::gen::inRange<uint64_t>(0, 1000);
  RC_ASSERT(address.plus(a) >= address);
  RC_ASSERT(address.plus(a).plus(b) == address.plus(a + b));
  RC_ASSERT(address.plus(a).family() == address.family());
}

RC_GTEST_PROP(PrefixProperty, HoldsItsFirstAndLastAndNothingAfter, ()) {
  const auto prefix = any_prefix();
  RC_ASSERT(prefix.contains(prefix.address));
  RC_ASSERT(prefix.contains(prefix.last()));
  const auto after = prefix.last().plus(1);
  RC_ASSERT(after == prefix.last() || !prefix.contains(after));
}

RC_GTEST_PROP(PrefixProperty, DifferenceIsWhatTheHoleLeaves, ()) {
  const auto whole = any_prefix(), hole = prefix_around(whole.address);
  const auto left = difference(whole, hole);
  for (const auto& address : {whole.address, whole.last(), hole.address, hole.last(), any_address()}) {
    const auto holds = [&](const Prefix& part) { return part.contains(address); };
    const bool wanted = whole.contains(address) && !hole.contains(address);
    RC_ASSERT(std::count_if(left.begin(), left.end(), holds) == (wanted ? 1 : 0));
  }
}

RC_GTEST_PROP(PrefixProperty, OverlapIsSymmetricAndMeansThatOneHoldsTheOther, ()) {
  const auto near = any_address();
  const auto a = prefix_around(near), b = prefix_around(near), c = any_prefix();
  RC_ASSERT((a.overlaps(b) && b.overlaps(a)));   // both hold the same address
  RC_ASSERT(a.overlaps(c) == c.overlaps(a));
  RC_ASSERT(a.contains(b) == (a.length <= b.length));
}

RC_GTEST_PROP(RangeProperty, APrefixAsARangeHoldsTheSame, ()) {
  const auto prefix = any_prefix();
  const AddressRange range{prefix.address, prefix.last()};
  const auto probe = any_address();
  RC_ASSERT(range.contains(probe) == prefix.contains(probe));
  RC_ASSERT(AddressRange::parse(prefix.to_string()) == range);
  RC_ASSERT(AddressRange::parse(range.to_string()) == range);
}

RC_GTEST_PROP(PortProperty, BlocksCoverTheRangeExactly, ()) {
  const auto ports = any_ports();
  uint32_t next = ports.first;
  for (const auto& block : split_into_blocks(ports)) {
    const uint32_t size = 1u << (16 - block.bits);
    RC_ASSERT(block.value == next);   // no hole, no overlap
    RC_ASSERT(block.value % size == 0u);
    next += size;
  }
  RC_ASSERT(next == ports.last + 1u);
}

RC_GTEST_PROP(PortProperty, OverlapIsSymmetricAndSharesAPort, ()) {
  const auto a = any_ports(), b = any_ports();
  RC_ASSERT(a.overlaps(b) == b.overlaps(a));
  RC_ASSERT(a.overlaps(b) ==
            (a.contains(std::max(a.first, b.first)) && b.contains(std::max(a.first, b.first))));
}

}   // namespace
}   // namespace sluice
