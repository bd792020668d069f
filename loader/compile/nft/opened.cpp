// SPDX-License-Identifier: GPL-2.0-or-later
// Sets of what names have opened. They are there before the first address is, and have single addresses
// alone, so that one comes or goes by itself.
#include <fmt/format.h>

#include <algorithm>

#include "compile/nft/context.hpp"

namespace sluice {
namespace {

std::string element_of(const IpAddress& address) { return nlohmann::json(address.to_string()).dump(); }

NftSet* find_set(RulesNft& rules, const std::string& name) {
  const auto at = std::ranges::find(rules.sets, name, &NftSet::name);
  return at == rules.sets.end() ? nullptr : &*at;
}

void change_element(NftSet& set, const std::string& element, bool opens) {
  const auto at = std::ranges::lower_bound(set.elements, element);
  const bool is_there = at != set.elements.end() && *at == element;
  if (opens && !is_there) set.elements.insert(at, element);
  if (!opens && is_there) set.elements.erase(at);
}

}   // namespace

std::string name_of_opened(uint32_t set, Family family) {
  return fmt::format("opened{}_{}", nft::suffix_of(family), set + 1);
}

RulesNft with_opened(const RulesNft& rules, const std::vector<OpenedChange>& changes) {
  RulesNft made = rules;
  PolicyTables policies = *rules.numbers->policies;
  const uint64_t before = policies.opened.digest;
  for (const OpenedChange& one : changes) {
    const auto number = number_of_set(policies.opened, one.set);
    OpenedAddress& member = policies.opened.members[one.address];
    const auto sets = number ? changed_sets(member.sets, *number, one.opens) : std::nullopt;
    if (!sets) continue;
    member.sets = *sets;
    const uint64_t own = digest_of_opened(*number, one.address);
    policies.opened.digest += one.opens ? own : -own;
    if (NftSet* set = find_set(made, name_of_opened(*number, one.address.family())))
      change_element(*set, element_of(one.address), one.opens);
  }
  std::erase_if(policies.opened.members, [](const auto& one) { return one.second.sets.empty(); });
  made.digest =
      fmt::format("{:016x}", std::stoull(rules.digest, nullptr, 16) + policies.opened.digest - before);
  auto numbers = std::make_shared<NumberedRules>(*rules.numbers);
  numbers->policies = std::make_shared<const PolicyTables>(std::move(policies));
  made.numbers = std::move(numbers);
  return made;
}

namespace nft {

std::optional<std::string> Compiler::opened_set(const AddressMatch& match, Family family) const {
  if (match.sets.size() != 1 || !match.prefixes.empty()) return std::nullopt;
  const auto number = number_of_set(numbers.policies->opened, match.sets.front());
  if (!number) return std::nullopt;
  return json(at(name_of_opened(*number, family))).dump();
}

void compile_opened(Compiler& c) {
  const OpenedAddresses& opened = c.numbers.policies->opened;
  for (uint32_t set = 0; set < opened.sets.size(); ++set)
    for (const Family family : kFamilies) {
      NftSet& made = c.set(name_of_opened(set, family), {{"type", type_of(family)}});
      made.opened = true;
      for (const Prefix& one : c.document.sets.at(opened.sets[set].name))
        if (one.address.family() == family) made.elements.push_back(element_of(one.address));
    }
}

}   // namespace nft
}   // namespace sluice
