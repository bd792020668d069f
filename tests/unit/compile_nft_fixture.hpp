// SPDX-License-Identifier: GPL-2.0-or-later
// A table of the nftables engine, asked for its sets and chains by name.
#pragma once

#include <algorithm>

#include "compile/nft/rules_nft.hpp"
#include "compile_nft_text.hpp"
#include "plan_fixture.hpp"

namespace sluice::test {

using Texts = std::vector<std::string>;

class Table {
 public:
  explicit Table(std::shared_ptr<const RulesNft> rules) : rules_(std::move(rules)) {}

  const RulesNft& rules() const { return *rules_; }
  const RulesNft* operator->() const { return rules_.get(); }

  // The rows of a set or map; a set that is not there has none.
  Texts rows(std::string_view name) const {
    Texts list;
    if (const NftSet* found = set(name))
      for (const std::string& element : found->elements) list.push_back(plain(json::parse(element)));
    std::sort(list.begin(), list.end());
    return list;
  }
  Texts chain(std::string_view name) const {
    Texts list;
    for (const NftChain& found : rules_->chains)
      if (found.name == name)
        for (const std::string& rule : found.rules) list.push_back(joined(json::parse(rule)["expr"], " "));
    return list;
  }
  const NftSet* set(std::string_view name) const {
    const auto at = std::find_if(rules_->sets.begin(), rules_->sets.end(),
                                 [&](const NftSet& s) { return s.name == name; });
    return at == rules_->sets.end() ? nullptr : &*at;
  }
  bool has_chain(std::string_view name) const {
    return std::any_of(rules_->chains.begin(), rules_->chains.end(),
                       [&](const NftChain& c) { return c.name == name; });
  }
  // Where the first row begins like this leads; empty: there is none.
  std::string row(std::string_view name, std::string_view start) const {
    for (const std::string& text : rows(name))
      if (text.starts_with(start)) return text.substr(start.size());
    return "";
  }
  // The chain that translates the sources of flows between two zones, by number.
  Texts source_nat(uint16_t from, uint16_t to) const {
    for (uint32_t number = 1; number < rules_->pairs.size(); ++number)
      if (rules_->pairs[number] == ZonePair{from, to})
        return chain(row("source_nat", std::to_string(number << kMarkObjectBits) + " : jump "));
    return {};
  }
  // The chain that judges what goes from one device to another.
  Texts between(uint32_t in, uint32_t out) const {
    return chain(row("between", std::to_string(in) + " . " + std::to_string(out) + " : goto "));
  }

 private:
  std::shared_ptr<const RulesNft> rules_;
};

inline Table table_of(std::string_view text, const Observed& seen = fresh_machine()) {
  const auto plan = make_plan(carried_by(EngineChoice::kNftables, text), seen);
  EXPECT_TRUE(plan) << (plan ? "" : plan.error().message);
  return Table(plan ? plan->table : std::make_shared<RulesNft>());
}

// The house of kHome with these sections instead of its own; `more` is written behind the interfaces.
inline std::string house(std::string_view more) {
  return R"({"version": 1, "interfaces": {
    "wan": {"zone": "internet", "addresses": ["203.0.113.1/24", "2001:db8:f::1/64"]},
    "lan": {"zone": "lan", "addresses": ["192.168.10.1/24", "2001:db8:10::1/64"]}})" +
         (more.empty() ? "" : ", " + std::string(more)) + "}";
}

// Of a document, as the name of a test.
inline std::string without_dashes(std::string name) {
  std::ranges::replace(name, '-', '_');
  return name;
}

inline bool holds(const Texts& texts, std::string_view wanted) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](const std::string& text) { return text.find(wanted) != std::string::npos; });
}

}   // namespace sluice::test
