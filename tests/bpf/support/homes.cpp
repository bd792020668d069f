// SPDX-License-Identifier: GPL-2.0-or-later
#include "homes.hpp"

#include <fmt/format.h>

#include <cstring>
#include <map>
#include <set>

#include "kernel/bpf/map.hpp"

namespace sluice::test {
namespace {

template <class K, class Home>
class Homes {
 public:
  Homes(Lab& lab, const char* homes, const char* overflow)
      : secret_(lab.tables().config->flow_secret),
        memory_(MapMemory::of(homes, lab.map(homes)).value()),
        homes_(memory_.template rows<Home>()),
        overflow_(overflow, UniqueFd(dup(lab.map(overflow)))) {}

  std::string flaws() {
    std::string all;
    for (uint32_t row = 0; row < 2 * homes_.size(); ++row) all += flaws_of(row);
    for (uint32_t at = 0; at < homes_.size(); ++at)
      if (homes_[at].head.overflow != away_[at])
        all +=
            fmt::format("home {} counts {} in the overflow of {}; ", at, homes_[at].head.overflow, away_[at]);
    size_t named = 0;
    (void)overflow_.for_each([&](const K&, uint32_t) { ++named; });
    if (named != overflowed_) all += fmt::format("{} in the overflow are named of {}; ", named, overflowed_);
    return all;
  }

 private:
  std::string flaws_of(uint32_t row) {
    const Home& home = homes_[row / 2];
    const union sl_row_word word = home.head.word[row % 2];
    const K& key = home.key[row % 2];
    if ((word.part.state & SL_ROW_STATE) == SL_ROW_FREE) return "";
    if ((word.part.state & SL_ROW_STATE) == SL_ROW_BUSY) return fmt::format("row {} is busy; ", row);
    std::string all;
    if (!keys_.emplace(reinterpret_cast<const char*>(&key), sizeof(key)).second)
      all += fmt::format("row {} has a key that another one has; ", row);
    const uint32_t hash = sl_flow_hash(secret_, &key, SL_KEY_WORDS(K)),
                   at = sl_flow_home(hash, static_cast<uint32_t>(homes_.size()));
    if (word.part.hash != hash) all += fmt::format("row {} has another hash than its key; ", row);
    if (at == row / 2) return all;
    ++away_[at];
    ++overflowed_;
    if (overflow_.find(key).value() != row) all += fmt::format("row {} is found by nobody; ", row);
    return all;
  }

  const __u64* secret_;
  MapMemory memory_;
  std::span<const Home> homes_;
  BpfMap<K, uint32_t> overflow_;
  std::set<std::string> keys_;
  std::map<uint32_t, uint32_t> away_;
  size_t overflowed_ = 0;
};

}   // namespace

std::string home_flaws(Lab& lab) {
  return Homes<sl_flow4_key, sl_home4>(lab, "flows4", "flow_overflow4").flaws() +
         Homes<sl_flow6_key, sl_home6>(lab, "flows6", "flow_overflow6").flaws();
}

uint32_t count_overflow(Lab& lab) {
  const BpfMap<sl_flow4_key, uint32_t> overflow("flow_overflow4", UniqueFd(dup(lab.map("flow_overflow4"))));
  uint32_t count = 0;
  (void)overflow.for_each([&](const sl_flow4_key&, uint32_t) { ++count; });
  return count;
}

}   // namespace sluice::test
