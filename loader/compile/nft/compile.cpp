// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <set>

#include "base/fnv.hpp"
#include "compile/nft/bridges.hpp"
#include "compile/nft/context.hpp"
#include "model/zone_pairs.hpp"

namespace sluice {
namespace {

// Pairs in use keep their numbers, because marks of living flows carry them. One that is translated otherwise
// gets another: a packet that was judged before the change and is translated after it does not leave by a
// number that is not known there.
class PairNumbers {
 public:
  using Names = std::pair<std::string, std::string>;   // RulesNft::pair_names

  PairNumbers(const std::map<Names, uint16_t>& known, RulesNft& rules) : known_(known), rules_(rules) {
    rules.pairs.assign(1, {});
    rules.pair_names.assign(1, {});
    for (const auto& [names, number] : known) in_marks_.insert(number);
  }

  void take_known(ZonePair pair, const Names& names) {
    if (const auto at = known_.find(names); at != known_.end()) put(at->second, pair, names);
  }
  void take_free(ZonePair pair, const Names& names) {
    if (known_.contains(names)) return;
    uint16_t number = first_free(in_marks_);
    if (number > kMarkPairs) number = first_free({});
    put(number, pair, names);
  }

 private:
  uint16_t first_free(const std::set<uint16_t>& avoided) const {
    uint16_t number = 1;
    while (is_taken(number) || avoided.contains(number)) ++number;
    return number;
  }
  bool is_taken(uint16_t number) const {
    return number < rules_.pairs.size() && !(rules_.pairs[number] == ZonePair{});
  }
  void put(uint16_t number, ZonePair pair, const Names& names) {
    if (number >= rules_.pairs.size()) {
      rules_.pairs.resize(number + 1);
      rules_.pair_names.resize(number + 1);
    }
    rules_.pairs[number] = pair;
    rules_.pair_names[number] = names;
  }

  const std::map<Names, uint16_t>& known_;
  RulesNft& rules_;
  std::set<uint16_t> in_marks_;
};

void number_pairs(const Document& document, const Observed& observed, RulesNft& rules) {
  const NumberedRules& all = *rules.numbers;
  const auto by_row = nft::masquerades_by_row(document);
  std::vector<std::pair<ZonePair, PairNumbers::Names>> passable;
  for (const auto& [from, to] : passable_zone_pairs(document)) {
    const ZonePair pair{static_cast<uint16_t>(from), static_cast<uint16_t>(to)};
    passable.push_back({pair, {all.zones[from], nft::way_out(document, by_row, all, pair)}});
  }
  PairNumbers numbers(observed.nft.pair_numbers, rules);
  for (const auto& [pair, names] : passable) numbers.take_known(pair, names);
  for (const auto& [pair, names] : passable) numbers.take_free(pair, names);
}

// With a byte behind it that no text has, so that "a" "bc" is not "ab" "c".
uint64_t add(uint64_t sum, std::string_view text) {
  constexpr uint8_t kEnd = 0xff;
  return fnv(fnv_words(sum, text.data(), text.size()), &kEnd, 1);
}

std::string digest_of(const RulesNft& rules) {
  uint64_t sum = kFnvStart;
  for (const NftSet& set : rules.sets) {
    sum = add(add(sum, set.name), set.kind.dump());
    if (set.opened) continue;
    for (const std::string& element : set.elements) sum = add(sum, element);
  }
  for (const NftChain& chain : rules.chains) {
    sum = add(add(sum, chain.name), chain.hook.dump());
    for (const std::string& rule : chain.rules) sum = add(sum, rule);
  }
  for (const NftObject& object : rules.objects) sum = add(sum, object.name);
  for (const std::string& line : rules.text) sum = add(sum, line);
  return fmt::format("{:016x}", sum + rules.numbers->policies->opened.digest);
}

void sort_elements(NftSet& set) {
  if (!set.keyed) std::sort(set.elements.begin(), set.elements.end());
  set.elements.erase(std::unique(set.elements.begin(), set.elements.end()), set.elements.end());
}

}   // namespace

RulesNft compile_nft(const Document& document, const Observed& observed,
                     const std::vector<PlannedLink>& links, std::shared_ptr<const NumberedRules> numbers,
                     uint8_t generation) {
  RulesNft rules;
  rules.generation = generation;
  rules.numbers = std::move(numbers);
  number_pairs(document, observed, rules);
  nft::Compiler compiler(document, links, *rules.numbers, observed.findings.vrf_devices, rules);
  nft::compile_drops(compiler);
  nft::compile_senders(compiler);
  nft::compile_bridges(compiler, observed.links);
  nft::compile_own_copies(compiler);
  nft::compile_vrfs(compiler);
  nft::compile_sets(compiler);
  nft::compile_opened(compiler);
  nft::compile_endpoints(compiler);
  nft::compile_forwards(compiler);
  nft::compile_cookies(compiler);
  nft::compile_half_open(compiler);
  nft::compile_destinations(compiler);
  nft::compile_pairs(compiler);
  nft::compile_tunnels(compiler);
  nft::compile_source_nat(compiler);
  nft::compile_essential(compiler);
  nft::compile_arrival(compiler);
  nft::compile_limits(compiler);
  nft::compile_guards(compiler);
  nft::compile_timeouts(compiler);
  nft::compile_answers(compiler);
  nft::compile_quiet_bridges(compiler);
  nft::compile_slaves(compiler);
  nft::compile_arrival_for_many(compiler);
  for (NftSet& set : rules.sets) sort_elements(set);
  rules.digest = digest_of(rules);
  return rules;
}

}   // namespace sluice
