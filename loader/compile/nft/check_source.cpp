// SPDX-License-Identifier: GPL-2.0-or-later
// Whether the sender of a packet can be who it says.
#include "compile/nft/context.hpp"

namespace sluice::nft {

std::vector<json> is_gateways(const Compiler& c, std::string_view address) {
  if (!c.has_vrfs()) return {match(fib("type", address), "local")};
  std::vector<json> conditions;
  for (const Family family : kFamilies)
    conditions.push_back(match(concat({meta("mark"), payload(protocol_of(family), address)}),
                               at(named("vrf_addresses", family))));
  return conditions;
}

namespace {

void refuse_bogons(Compiler& c, NftChain& chain) {
  for (const auto& [index, row] : c.numbers.interfaces)
    for (const Family family : kFamilies)
      if (row.bogons)
        add(chain,
            {match(meta("iif"), index), match(source(family), at(c.prefix_set(c.numbers.bogons, family))),
             drop_as(SL_DROP_BOGON)});
}

// Where more than the way back is asked, or not even that.
bool has_more_to_ask(const sl_interface& row) { return row.bogons || row.anti_spoofing == SL_ANY_SOURCE; }

}   // namespace

// RFC 2827, RFC 3704: who claims an address must be where that address is. No way leads back to one of the
// gateway's own, so where the routes are asked anyway it is told from others behind that.
void compile_check_source(Compiler& c) {
  NftChain chain{std::string(kCheckSource), nullptr, {}};
  add(chain, {match(source(Family::kIpv6), prefix(*Prefix::parse("fe80::/10"))), leave()});
  for (const auto& [index, row] : c.numbers.interfaces)
    if (has_more_to_ask(row))
      for (json& own : is_gateways(c, "saddr"))
        add(chain, {match(meta("iif"), index), std::move(own), drop_as(SL_DROP_OWN_SOURCE)});
  refuse_bogons(c, chain);
  for (const auto& [index, row] : c.numbers.interfaces)
    if (row.anti_spoofing == SL_ANY_SOURCE) add(chain, {match(meta("iif"), index), leave()});
  NftChain wrong{"wrong_source", nullptr, {}};
  for (json& own : is_gateways(c, "saddr")) add(wrong, {std::move(own), drop_as(SL_DROP_OWN_SOURCE)});
  add(wrong, {drop_as(SL_DROP_SPOOFED)});
  add(chain, {unlike(concat({meta("iif"), c.way_to("saddr")}), at("ways_back")), go(wrong.name)});
  c.rules.chains.push_back(std::move(wrong));
  c.rules.chains.push_back(std::move(chain));
}

}   // namespace sluice::nft
