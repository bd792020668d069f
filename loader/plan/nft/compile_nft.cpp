// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <set>

#include "base/fnv.hpp"
#include "model/zone_pairs.hpp"
#include "plan/nft/context.hpp"

namespace sluice {
namespace {

// Pairs in use keep their numbers, because marks of living flows carry them. One that is translated otherwise
// gets another: a packet that was judged before the change and is translated after it does not leave by a
// number that is not known there.
class PairNumbers {
 public:
  PairNumbers(const std::map<std::pair<std::string, std::string>, uint16_t>& known, const Document& document,
              RulesNft& rules)
      : known_(known), document_(document), rules_(rules) {
    rules.pairs.assign(1, {});
    rules.pair_names.assign(1, {});
    for (const auto& [names, number] : known) used_.insert(number);
  }

  void take_known(ZonePair pair) {
    if (const auto at = known_.find(names_of(pair)); at != known_.end()) put(at->second, pair);
  }
  void take_free(ZonePair pair) {
    if (known_.contains(names_of(pair))) return;
    uint16_t number = 1;
    while (is_taken(number) || used_.contains(number)) ++number;
    if (number > kMarkPairs) number = first_free();
    put(number, pair);
  }

 private:
  std::pair<std::string, std::string> names_of(ZonePair pair) const {
    return {rules_.numbers->zones[pair.from], nft::way_out(document_, *rules_.numbers, pair)};
  }
  bool is_taken(uint16_t number) const {
    return number < rules_.pairs.size() && !(rules_.pairs[number] == ZonePair{});
  }
  uint16_t first_free() const {
    uint16_t number = 1;
    while (is_taken(number)) ++number;
    return number;
  }
  void put(uint16_t number, ZonePair pair) {
    if (number >= rules_.pairs.size()) {
      rules_.pairs.resize(number + 1);
      rules_.pair_names.resize(number + 1);
    }
    rules_.pairs[number] = pair;
    rules_.pair_names[number] = names_of(pair);
  }

  const std::map<std::pair<std::string, std::string>, uint16_t>& known_;
  const Document& document_;
  RulesNft& rules_;
  std::set<uint16_t> used_;   // in marks
};

void number_pairs(const Document& document, const Observed& observed, RulesNft& rules) {
  PairNumbers numbers(observed.nft.pair_numbers, document, rules);
  const auto as_pair = [](const ZoneNumberPair& p) {
    return ZonePair{static_cast<uint16_t>(p.first), static_cast<uint16_t>(p.second)};
  };
  const auto passable = passable_zone_pairs(document);
  for (const ZoneNumberPair& pair : passable) numbers.take_known(as_pair(pair));
  for (const ZoneNumberPair& pair : passable) numbers.take_free(as_pair(pair));
}

// With a byte behind it that no text has, so that "a" "bc" is not "ab" "c".
uint64_t add(uint64_t sum, std::string_view text) {
  constexpr uint8_t kEnd = 0xff;
  return fnv(fnv(sum, text.data(), text.size()), &kEnd, 1);
}

std::string digest_of(const RulesNft& rules) {
  uint64_t sum = kFnvStart;
  for (const NftSet& set : rules.sets) {
    sum = add(add(sum, set.name), set.kind.dump());
    for (const std::string& element : set.elements) sum = add(sum, element);
  }
  for (const NftChain& chain : rules.chains) {
    sum = add(add(sum, chain.name), chain.hook.dump());
    for (const nlohmann::json& rule : chain.rules) sum = add(sum, rule.dump());
  }
  for (const std::string& line : rules.timeouts) sum = add(sum, line);
  return fmt::format("{:016x}", sum);
}

void sort_elements(NftSet& set) {
  if (!set.keyed) std::sort(set.elements.begin(), set.elements.end());
  set.elements.erase(std::unique(set.elements.begin(), set.elements.end()), set.elements.end());
}

}   // namespace

RulesNft compile_nft(const Document& document, const Observed& observed,
                     const std::vector<PlannedLink>& links, std::shared_ptr<const RulesEbpf> numbers,
                     uint8_t generation) {
  RulesNft rules;
  rules.generation = generation;
  rules.numbers = std::move(numbers);
  number_pairs(document, observed, rules);
  nft::Compiler compiler(document, links, *rules.numbers, rules);
  nft::compile_drops(compiler);
  nft::compile_sets(compiler);
  nft::compile_forwards(compiler);
  nft::compile_pairs(compiler);
  nft::compile_source_nat(compiler);
  nft::compile_arrival(compiler);
  nft::compile_guards(compiler);
  nft::compile_timeouts(compiler);
  for (NftSet& set : rules.sets) sort_elements(set);
  rules.digest = digest_of(rules);
  return rules;
}

}   // namespace sluice
