// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses that names open or close in the table that is in force.
#include <fmt/format.h>

#include <algorithm>

#include "engine/nft/engine_nft.hpp"
#include "model/domains.hpp"

namespace sluice {
namespace {

constexpr size_t kMostInPlace = 4096;   // more of them are exchanged with the rules

std::vector<uint8_t> bytes_of(const IpAddress& address) {
  const auto& bytes = address.bytes();   // an IPv4 address is mapped
  return {bytes.begin() + (address.is_ipv4() ? 12 : 0), bytes.end()};
}

std::vector<uint8_t> bytes_of(uint32_t mark) {
  const auto* first = reinterpret_cast<const uint8_t*>(&mark);
  return {first, first + sizeof(mark)};
}

NftElement identity(const RulesNft& rules, const std::string& digest, bool adds) {
  return {.set = std::string(kNftIdentitySet),
          .key = bytes_of(rules.generation),
          .adds = adds,
          .comment = adds ? identity_text(rules.generation, digest) : ""};
}

}   // namespace

const std::shared_ptr<const RulesNft>& EngineNft::rules() {
  if (rules_ && !opened_.empty()) rules_ = std::make_shared<const RulesNft>(with_opened(*rules_, opened_));
  opened_.clear();
  return rules_;
}

// Whoever reads the document meanwhile goes on with what it was.
void EngineNft::note_opened(const std::vector<OpenedChange>& changes, std::string digest) {
  opened_.insert(opened_.end(), changes.begin(), changes.end());
  seen_.digest = std::move(digest);
  if (!document_) return;
  if (document_.use_count() > 1) document_ = std::make_shared<Document>(*document_);
  for (const OpenedChange& one : changes) change_opened(*document_, one);
}

// What this process changes is no news to it.
Result<> EngineNft::change_elements(std::span<const NftElement> elements) {
  if (!elements_) elements_ = TRY(NftElements::open());
  TRY(monitor_->stop_listening());
  auto changed = elements_->change(elements);
  if (!changed) elements_.reset();
  TRY(monitor_->listen());
  return changed;
}

// Flows are judged by the generation of the rules, which stays: those that are there go on. The comment says
// what the table is, as after each exchange.
Result<bool> EngineNft::open_addresses(const std::vector<OpenedChange>& changes) {
  if (!rules_ || seen_.digest.empty() || changes.size() > kMostInPlace || TRY(hear_changes())) return false;
  uint64_t digest = std::stoull(seen_.digest, nullptr, 16);
  std::vector<NftElement> elements;
  for (const OpenedChange& one : changes) {
    const auto set = number_of_set(rules_->numbers->policies->opened, one.set);
    if (!set) return false;
    elements.push_back({name_of_opened(*set, one.address.family()), bytes_of(one.address), one.opens});
    const uint64_t own = digest_of_opened(*set, one.address);
    digest += one.opens ? own : -own;
  }
  std::ranges::stable_sort(elements, {}, [](const NftElement& one) { return std::pair(one.set, one.adds); });
  const std::string text = fmt::format("{:016x}", digest);
  elements.push_back(identity(*rules_, text, false));
  elements.push_back(identity(*rules_, text, true));
  TRY(change_elements(elements));
  note_opened(changes, text);
  return true;
}

}   // namespace sluice
