// SPDX-License-Identifier: GPL-2.0-or-later
#include "compile/nft/masquerades.hpp"

#include <fmt/format.h>

#include "base/fnv.hpp"

namespace sluice::nft {
namespace {

constexpr uint16_t kFirstHighPort = 1024, kLastPort = 65535;

NodePart part_in(const sl_masquerade& m) {
  return {static_cast<uint8_t>(SL_MASQUERADE_NODE(m.flags)),
          static_cast<uint8_t>(SL_MASQUERADE_NODES(m.flags))};
}

// The longest piece of the range without these ports; empty, with the last below the first: there is none.
std::pair<uint32_t, uint32_t> longest_without(uint32_t first, uint32_t last,
                                              const std::set<uint16_t>& ports) {
  std::pair<uint32_t, uint32_t> best{1, 0};
  const auto take = [&](uint32_t from, uint32_t to) {
    if (to + 1 - from > best.second + 1 - best.first && to >= from) best = {from, to};
  };
  for (const uint16_t port : ports) {
    if (port < first || port > last) continue;
    if (port > first) take(first, port - 1);
    first = port + 1u;
  }
  if (first <= last) take(first, last);
  return best;
}

}   // namespace

// What a remote answers to a tunnel's port is a frame for the tunnel.
void Masquerades::spare_ports_of_tunnels(NftChain& chain, const sl_masquerade& m, Family family,
                                         json statement) {
  const std::string remotes = named(kTunnelRemotes, family);
  if (!c_.has_set(remotes)) return;
  const bool any = m.flags & SL_MASQUERADE_ANY_PORTS;
  const PortRange own =
      part_of({any ? kFirstHighPort : m.first_port, any ? kLastPort : m.last_port}, part_in(m));
  const auto [first, last] = longest_without(own.first, own.last, ports_of_tunnels(c_));
  const json asks = match(meta("l4proto"), "udp"), remote = match(destination(family), at(remotes));
  if (first > last) return add(chain, {asks, remote, drop_as(SL_DROP_INTO_TUNNEL)});
  statement["snat"]["port"] = range(first, last);
  add(chain, {asks, remote, std::move(statement)});
}

// Query ids have no low range that is better left alone; other protocols have no ports. Without ports of its
// own a masquerade keeps what netfilter keeps: the port, or one of its class (RFC 4787 REQ-3).
void Masquerades::add_snat(NftChain& chain, const sl_masquerade& m, Family family, json statement) {
  spare_ports_of_tunnels(chain, m, family, statement);
  if (part_in(m).of > 1) return add_part(chain, m, family, statement);
  if (m.flags & SL_MASQUERADE_ANY_PORTS) return add(chain, {std::move(statement)});
  json with_ports = statement;
  with_ports["snat"]["port"] = range(m.first_port, m.last_port);
  add(chain, {match(meta("l4proto"), protocols_that_have_ports()), std::move(with_ports)});
  add(chain, {std::move(statement)});
}

// A port is kept if it is of this node's part of its class.
void Masquerades::add_part(NftChain& chain, const sl_masquerade& m, Family family, const json& statement) {
  const auto give = [&](std::vector<json> whose, const PortRange& all) {
    const PortRange own = part_of(all, part_in(m));
    whose.push_back(statement);
    whose.back()["snat"]["port"] = range(own.first, own.last);
    add(chain, whose);
  };
  const json have_ports = match(meta("l4proto"), protocols_that_have_ports());
  if (m.flags & SL_MASQUERADE_ANY_PORTS)
    give({have_ports, match(payload("th", "sport"), range(0, kFirstHighPort - 1))}, {1, kFirstHighPort - 1});
  give({have_ports}, {m.first_port, m.last_port});
  give({match(meta("l4proto"), family == Family::kIpv4 ? "icmp" : "ipv6-icmp")}, {1, kLastPort});
  add(chain, {statement});
}

std::string Masquerades::chain(uint32_t row, Family family, uint32_t device) {
  const sl_masquerade& m = c_.numbers.masquerades[row - 1];
  const Masquerade* of_document = row <= by_row_.size() ? by_row_[row - 1] : nullptr;
  // Hairpins and others: the same addresses, nobody excepted.
  const bool alike = m.ranges && of_document->except.any();
  const bool hairpin = device != 0 && !alike;
  NftChain made{fmt::format("masquerade{}_{}", suffix_of(family), row), nullptr, {}};
  if (hairpin) made.name += m.ranges ? "_hairpin" : fmt::format("_{}", device);
  if (!chains_.insert(made.name).second) return made.name;
  if (!hairpin && of_document) leave_alone(made, *of_document, family);
  if (m.ranges)
    from_pool(made, m, family);
  else
    from_device(made, m, family, device);
  add(made, {go(kNoAddress)});
  std::string name = made.name;
  c_.rules.chains.push_back(std::move(made));
  return name;
}

// By the destination that it has now. Nobody is left alone in a hairpin, whose answer would go past the
// gateway.
void Masquerades::leave_alone(NftChain& chain, const Masquerade& masquerade, Family family) {
  if (masquerade.except.any()) return;
  const std::string set = c_.prefix_set(resolve(masquerade.except, c_.document), family);
  if (!set.empty()) add(chain, {match(destination(family), at(set)), accept()});
}

void Masquerades::from_device(NftChain& chain, const sl_masquerade& m, Family family, uint32_t device) {
  if (device == 0) {
    add_snat(chain, m, family, snat(family, lookup(meta("oif"), at(named("own", family)))));
  } else if (const std::string own = own_address(device, family); !own.empty()) {
    add_snat(chain, m, family, snat(family, own));
  }
}

std::string Masquerades::own_address(uint32_t device, Family family) const {
  for (const auto& [index, row] : c_.numbers.interfaces) {
    if (index != device) continue;
    const IpAddress address = address_of(row, family);
    return address.is_unspecified() ? "" : address.to_string();
  }
  return "";
}

// The same inside host always gets the same outside address ("paired" pooling, RFC 4787 REQ-2).
void Masquerades::from_pool(NftChain& chain, const sl_masquerade& m, Family family) {
  if (m.ranges == 1) return add_snat(chain, m, family, pool_statement(m.pool, family));
  uint32_t total = 0;
  std::vector<json> branches;
  for (uint32_t i = 0; i < m.ranges; ++i) {
    const uint32_t size = c_.numbers.pools[m.pool + i].count;
    const json share = size == 1 ? json(total) : range(total, total + size - 1);
    branches.push_back(json::array({share, go(range_chain(m, m.pool + i, family))}));
    total += size;
  }
  add(chain, {branch({{"jhash", {{"mod", total}, {"expr", source(family)}}}}, any_of(std::move(branches)))});
}

std::string Masquerades::range_chain(const sl_masquerade& m, uint32_t row, Family family) {
  NftChain chain{fmt::format("pool{}_{}", suffix_of(family), row), nullptr, {}};
  if (!chains_.insert(chain.name).second) return chain.name;
  add_snat(chain, m, family, pool_statement(row, family));
  std::string name = chain.name;
  c_.rules.chains.push_back(std::move(chain));
  return name;
}

json Masquerades::pool_statement(uint32_t row, Family family) const {
  const sl_pool& pool = c_.numbers.pools[row];
  const IpAddress first = address_of(pool.first);
  if (pool.count == 1) return snat(family, first.to_string());
  json statement = snat(family, range(first.to_string(), first.plus(pool.count - 1).to_string()));
  statement["snat"]["flags"] = {"persistent"};
  return statement;
}

// In the order of compile_masquerades().
std::vector<const Masquerade*> masquerades_by_row(const Document& document) {
  std::vector<const Masquerade*> rows;
  for (const Masquerade& one : document.masquerades) rows.insert(rows.end(), one.ipv4 + one.ipv6, &one);
  return rows;
}

std::string way_out(const Document& document, const std::vector<const Masquerade*>& by_row,
                    const NumberedRules& numbers, ZonePair pair) {
  std::string families, spared;
  for (const Family family : kFamilies) {
    const uint32_t row =
        masquerade_of(numbers.zone_pairs[pair.from * numbers.zones.size() + pair.to], family);
    if (row == 0) continue;
    families += suffix_of(family);
    const AddressMatch& except = by_row[row - 1]->except;
    if (except.any()) continue;
    for (const Prefix& p : resolve(except, document))
      if (p.address.family() == family) spared += p.to_string() + ' ';
  }
  const std::string& zone = numbers.zones[pair.to];
  if (families.empty()) return zone;
  if (spared.empty()) return fmt::format("{}, translated {}", zone, families);
  return fmt::format("{}, translated {} except {:x}", zone, families,
                     fnv(kFnvStart, spared.data(), spared.size()));
}

}   // namespace sluice::nft
