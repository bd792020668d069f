// SPDX-License-Identifier: GPL-2.0-or-later
#include "compile/common/rule_tables.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "compile/common/rows.hpp"
#include "model/zone_pairs.hpp"

namespace sluice {
namespace {

std::string bytes_of(const sl_forward_key& key) { return {reinterpret_cast<const char*>(&key), sizeof(key)}; }

bool covers(const sl_prefix_key& key, const IpAddress& address) {
  const auto a = address_of(key.address).bytes();
  const auto& b = address.bytes();
  for (uint32_t bit = 0; bit + 32 < key.prefixlen; ++bit)
    if ((a[bit / 8] ^ b[bit / 8]) & (0x80 >> (bit % 8))) return false;
  return true;
}

// The longest prefix that holds the address, of those with this tag.
template <class Value>
const Value* longest(const Rows<sl_prefix_key, Value>& rows, uint32_t tag, const IpAddress& address) {
  const Value* best = nullptr;
  uint32_t length = 0;
  for (const auto& [key, row] : rows)
    if (key.tag == tag && key.prefixlen >= length && covers(key, address)) {
      best = &row;
      length = key.prefixlen;
    }
  return best;
}

uint32_t family_bit(const IpAddress& address) { return address.is_ipv4() ? 4 : 6; }

// The sets of the document that an address is in: looked up once, however many policies name them.
std::set<std::string_view> sets_of(const Document& document, const IpAddress& address) {
  std::set<std::string_view> sets;
  for (const auto& [name, members] : document.sets)
    if (contains(members, address)) sets.insert(name);
  return sets;
}

// An address of a question, against what a policy says of it.
struct Asked {
  Asked(const Document& document, const IpAddress& asked) : address(asked), sets(sets_of(document, asked)) {}

  bool fits(const AddressMatch& wanted) const {
    return wanted.any() || contains(wanted.prefixes, address) ||
           std::any_of(wanted.sets.begin(), wanted.sets.end(),
                       [&](const std::string& set) { return sets.contains(set); });
  }

  const IpAddress& address;
  std::set<std::string_view> sets;
};

bool fits_service(const Policy& policy, const PolicyQuestion& asked) {
  const auto& protocols = policy.protocols;
  if (!protocols.empty() && std::find(protocols.begin(), protocols.end(), asked.protocol) == protocols.end())
    return false;
  return policy.ports.empty() ||
         std::any_of(policy.ports.begin(), policy.ports.end(),
                     [&](const PortRange& r) { return r.contains(asked.destination_port); });
}

}   // namespace

RuleTables::RuleTables(const Document& document, const NumberedRules& rules)
    : document_(document), rules_(rules) {
  for (const auto& [key, row] : rules.forwards) forwards_.emplace(bytes_of(key), &row);
}

const sl_interface* RuleTables::interface(uint32_t wanted) const {
  for (const auto& [index, row] : rules_.interfaces)
    if (index == wanted) return &row;
  return nullptr;
}

const sl_local* RuleTables::local(uint16_t vrf, const IpAddress& address) const {
  return longest(rules_.local_addr, vrf, address);
}

const sl_zone_pair* RuleTables::pair(uint16_t from, uint16_t to) const {
  const size_t zones = rules_.zones.size();
  return from < zones && to < zones ? &rules_.zone_pairs[from * zones + to] : nullptr;
}

const sl_masquerade* RuleTables::masquerade_between(uint16_t from, uint16_t to, Family family) const {
  const sl_zone_pair* between = pair(from, to);
  const uint32_t number = between ? masquerade_of(*between, family) : 0;
  return number ? &rules_.masquerades[number - 1] : nullptr;
}

const sl_forward* RuleTables::forward(uint16_t view, uint8_t protocol, const IpAddress& destination,
                                      uint16_t port) const {
  if (forwards_.empty() || port == 0) return nullptr;
  sl_forward_key key{};
  key.vrf = view;
  key.protocol = protocol;
  key.address = row_address(destination);
  for (int bits = 16; bits >= 0; --bits) {
    key.prefixlen = SL_FORWARD_FIXED_BITS + static_cast<uint32_t>(bits);
    key.port = htons(bits == 0 ? 0 : static_cast<uint16_t>(port & (0xffff << (16 - bits))));
    if (const auto at = forwards_.find(bytes_of(key)); at != forwards_.end()) return at->second;
  }
  return nullptr;
}

const sl_static* RuleTables::static_in(uint16_t view, const IpAddress& outside) const {
  return longest(rules_.static_in, view, outside);
}

bool RuleTables::is_of_tunnel(const IpAddress& local, const IpAddress& remote, uint16_t port) const {
  return std::ranges::any_of(rules_.tunnels, [&](const auto& row) {
    const sl_tunnel_key& key = row.first;
    return key.kind == SL_TUNNEL_ENDS && ntohs(key.port) == port && address_of(key.local) == local &&
           address_of(key.remote) == remote;
  });
}

const sl_static* RuleTables::static_out(uint16_t vrf, const IpAddress& inside) const {
  return longest(rules_.static_out, vrf, inside);
}

std::optional<uint16_t> RuleTables::vrf_through(uint16_t vrf, const IpAddress& address) const {
  const uint32_t* next =
      longest(rules_.prefixes, SL_PREFIX_TAG(SL_PREFIX_THROUGH, vrf, family_bit(address)), address);
  if (!next) return std::nullopt;
  return static_cast<uint16_t>(*next);
}

bool RuleTables::set_has(uint32_t set, const IpAddress& address) const {
  return longest(rules_.prefixes, SL_PREFIX_TAG(SL_PREFIX_SET, set, family_bit(address)), address) != nullptr;
}

const Policy* RuleTables::policy_for(const PolicyQuestion& question) const {
  const Asked source(document_, question.source), destination(document_, question.destination);
  const std::string &from = rules_.zones[question.zone_in], &to = rules_.zones[question.zone_out];
  for (const Policy& policy : document_.policies)
    if (speaks_of(policy, from, to) && source.fits(policy.source) && destination.fits(policy.destination) &&
        fits_service(policy, question))
      return &policy;
  return nullptr;
}

}   // namespace sluice
