// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/mtus.hpp"

#include <algorithm>
#include <string>

#include "base/number.hpp"

namespace sluice {
namespace {

constexpr uint32_t kLeastMtu = 1280;   // RFC 8200 section 5
// Outer IPv6 and UDP headers, and WireGuard's own (type, receiver, counter, tag).
constexpr uint32_t kWireguardOverhead = 40 + 8 + 32;

}   // namespace

uint32_t mtu_within(uint32_t way_out) {
  return std::max(kLeastMtu, way_out - std::min(way_out, kWireguardOverhead));
}

void keep_mtus(Document& document, const Allotments& known, uint32_t way_out, Allotments& given) {
  for (Network& network : document.networks) {
    const AllotmentKey key{network.name, "", "mtu"};
    const auto had = known.find(key);
    const auto before = had == known.end() ? std::nullopt : whole_number<uint32_t>(had->second.value);
    network.told_mtu = network.mtu ? *network.mtu : before.value_or(mtu_within(way_out));
    given[key] = {std::to_string(*network.told_mtu), 0};
  }
}

}   // namespace sluice
