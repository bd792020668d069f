// SPDX-License-Identifier: GPL-2.0-or-later
// A number is drawn for each new flow: the next one, or a hash of its source. Equal turns of one backend
// beside each other share an element, a range.
#include "compile/nft/services.hpp"

#include <fmt/format.h>

namespace sluice::nft {
namespace {

// Of Maglev. Each is an element of a map in a rule, which takes the kernel's memory and time to apply.
constexpr uint32_t kPlaces = 4'093;

json next_turn(size_t turns) { return {{"numgen", {{"mode", "inc"}, {"mod", turns}, {"offset", 0}}}}; }

// The seed is the same for all: who would choose sources that meet finds nothing but a crowded backend.
json hash_of_source(Family family, bool with_port, size_t turns) {
  json what = with_port ? concat({source(family), payload("th", "sport")}) : source(family);
  return {{"jhash", {{"expr", std::move(what)}, {"mod", turns}, {"offset", 0}, {"seed", 0x51ce}}}};
}

}   // namespace

ServiceChains::ServiceChains(Compiler& c) : c_(c) {
  for (const ObjectRow& row : c.numbers.objects)
    if (row.kind == SL_OBJECT_BACKEND) numbers_.emplace(row.name, row.number);
}

uint32_t ServiceChains::number_of(const Forward& forward, const Member& member) const {
  const auto at = numbers_.find(name_of(forward.name, member));
  return at == numbers_.end() ? 0 : at->second;
}

json ServiceChains::leads(const Forward& forward, const std::string& sources) {
  if (serves(forward)) return go(chain_for(forward));
  return sources.empty() ? drop_as(SL_DROP_NO_BACKEND) : go(refusing(sources));
}

// Who may not ask is told nothing.
std::string ServiceChains::refusing(const std::string& sources) {
  auto [at_, is_new] = refusing_.try_emplace(sources, "no_backend_of_" + sources);
  if (!is_new) return at_->second;
  NftChain& chain = c_.chain(at_->second);
  add(chain, {jump(sources)});
  add(chain, {drop_as(SL_DROP_NO_BACKEND)});
  return at_->second;
}

std::string ServiceChains::chain_for(const Forward& forward) {
  auto [at_, is_new] = chains_.try_emplace(forward.service.get());
  if (is_new) at_->second = make(forward);
  return at_->second;
}

std::string ServiceChains::chain_of(const std::string& service, const Member& member) {
  const Family family = member.to.family();
  NftChain chain{fmt::format("backend{}/{}", suffix_of(family), name_of(service, member)), nullptr, {}};
  json to = {{"dnat", {{"family", protocol_of(family)}, {"addr", member.to.to_string()}}}};
  if (member.port) to["dnat"]["port"] = member.port;
  add(chain, {match(meta("l4proto"), any_of({"tcp", "udp"})), std::move(to)});
  std::string name = chain.name;
  c_.rules.chains.push_back(std::move(chain));
  return name;
}

std::string ServiceChains::make(const Forward& forward) {
  const Balancing& balancing = *forward.service;
  const std::vector<uint16_t> turns = tables_.of(balancing, shares_of(balancing), kPlaces);
  if (turns.empty()) return "";
  std::vector<std::string> chains(balancing.members.size());
  std::vector<json> rows;
  for (size_t turn = 0; turn < turns.size(); ++turn) {
    std::string& backend = chains[turns[turn]];
    if (backend.empty()) backend = chain_of(forward.name, balancing.members[turns[turn]]);
    rows.push_back(json::array({turn, go(backend)}));
  }
  const Family family = forward.to.family();
  NftChain chain{fmt::format("service{}/{}", suffix_of(family), forward.name), nullptr, {}};
  const bool hashed = balancing.by_source || balancing.balance == Balance::kMaglev;
  add(chain,
      {branch(hashed ? hash_of_source(family, !balancing.by_source, turns.size()) : next_turn(turns.size()),
              any_of(std::move(rows)))});
  std::string name = chain.name;
  c_.rules.chains.push_back(std::move(chain));
  return name;
}

}   // namespace sluice::nft
