// SPDX-License-Identifier: GPL-2.0-or-later
#include "compile/nft/policy_hull.hpp"

#include <algorithm>
#include <bit>

#include "base/wide.hpp"

namespace sluice::nft {
namespace {

int equal_bits(const IpAddress& a, const IpAddress& b) {
  const Wide differ = wide(a.bytes()) ^ wide(b.bytes());
  const auto high = static_cast<uint64_t>(differ >> 64);
  return high ? std::countl_zero(high) : 64 + std::countl_zero(static_cast<uint64_t>(differ));
}

Prefix around(const Prefix& a, const Prefix& b) {
  const int family = 128 - a.address.bits();   // an IPv4 address is kept mapped
  const int length = std::min<int>({a.length, b.length, equal_bits(a.address, b.address) - family});
  return Prefix::of({a.address, static_cast<uint8_t>(length)});
}

}   // namespace

void PolicyHull::Side::widen(const AddressMatch& match) {
  open = open || match.any() || !match.sets.empty();
  for (const Prefix& prefix : match.prefixes) {
    open = open || (around && around->address.family() != prefix.address.family());
    if (open) return;
    around = around ? nft::around(*around, prefix) : prefix;
  }
}

void PolicyHull::Side::add_rule(std::string_view direction, std::vector<std::vector<json>>& rules) const {
  if (open || !around || around->length == 0) return;
  const json address = ct_address(direction, "saddr", around->address.family());
  rules.push_back({unlike(address, json::parse(prefix_text(*around))), leave()});
}

void PolicyHull::widen(const Policy& policy) {
  any_protocol_ = any_protocol_ || policy.protocols.empty();
  any_port_ = any_port_ || policy.ports.empty();
  protocols_.insert(policy.protocols.begin(), policy.protocols.end());
  for (const PortRange& range : policy.ports)
    ports_ =
        ports_ ? PortRange{std::min(ports_->first, range.first), std::max(ports_->last, range.last)} : range;
  source_.widen(policy.source);
  destination_.widen(policy.destination);
}

std::vector<std::vector<json>> PolicyHull::rules() const {
  std::vector<std::vector<json>> rules;
  const json protocol = meta("l4proto"), ours = any_of({protocols_.begin(), protocols_.end()});
  if (!any_protocol_) rules.push_back({unlike(protocol, ours), leave()});
  // libnftables knows that these are ports by the protocols in front of them.
  if (!any_protocol_ && !any_port_ && ports_)
    rules.push_back({match(protocol, ours),
                     unlike(ct("proto-src", "reply"), range(ports_->first, ports_->last)), leave()});
  source_.add_rule("original", rules);
  destination_.add_rule("reply", rules);
  return rules;
}

}   // namespace sluice::nft
