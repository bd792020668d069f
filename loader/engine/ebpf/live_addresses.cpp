// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/live_addresses.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "engine/ebpf/inner_table.hpp"
#include "maps/layout.h"

namespace sluice {

Result<LiveAddresses> LiveAddresses::open(const Pins& pins, const Tables& tables,
                                          std::shared_ptr<const NumberedRules> rules) {
  const uint32_t version = tables.config.version(), slot = SL_SLOT_OF(version);
  if (!rules->policies->opened.first_class_row) return fail("the rules have no place for addresses of names");
  const UniqueFd destinations = TRY(pins.open(pins.map("policy_dest")));
  UniqueFd bits = TRY(pins.open(pins.map("policy_bits")));
  Destinations inner_destinations("policy_dest", TRY(inner_table(destinations, "policy_dest", slot)));
  Bits inner_bits("policy_bits", TRY(inner_table(bits, "policy_bits", slot)));
  LiveAddresses live(std::move(rules), SL_GENERATION(version), std::move(bits), std::move(inner_destinations),
                     std::move(inner_bits));
  TRY(live.read());
  return live;
}

// Where classes lie is nobody's business but that of the rows that lead to them: another process may have
// put them elsewhere.
Result<> LiveAddresses::read() {
  const OpenedAddresses& opened = rules_->policies->opened;
  Room::Pieces used{{0, opened.first_class_row}};
  for (const auto& [address, member] : opened.members) {
    const auto at = TRY(destinations_.find(key_of_opened(address)));
    if (!at) return fail("the rules in force are others");
    if (at->row >= opened.first_class_row) used[at->row] = static_cast<uint32_t>(std::popcount(at->chunks));
    ++classes_.try_emplace(key_of(member), Class{*at}).first->second.users;
  }
  members_ = opened.members;
  room_ = Room(TRY(use_of(bits_.fd())).size, used);
  return {};
}

bool LiveAddresses::is_in_force(const Tables& tables) const {
  const uint32_t version = tables.config.version();
  return version != 0 && SL_GENERATION(version) == version_ &&
         tables.config->rules_digest[SL_SLOT_OF(version)] != 0;
}

// As the document's own rows say. What is opened there is a row of an address alone, which is around no
// other.
Result<OpenedAddress> LiveAddresses::around(const IpAddress& address) const {
  if (const auto at = members_.find(address); at != members_.end()) return at->second;
  const sl_prefix_key key = key_of_opened(address);
  if (const auto own = class_of_row(*rules_->policies, key))
    return OpenedAddress{.sets = {}, .around = *own, .is_of_document = true};
  return OpenedAddress{.sets = {},
                       .around = TRY(destinations_.find(key)).value_or(sl_policy_class{}),
                       .is_of_document = false};
}

Result<std::optional<uint32_t>> LiveAddresses::place(const std::vector<sl_policy_bits>& rows) {
  const auto count = static_cast<uint32_t>(rows.size());
  auto first = room_.take(count);
  if (!first && room_.largest() >= count) {
    TRY(await_packets_of(outer_, bits_.name(), version_ & 1, bits_.fd()));
    room_.settle();
    first = room_.take(count);
  }
  if (!first) return std::optional<uint32_t>();
  std::vector<uint32_t> keys(count);
  std::iota(keys.begin(), keys.end(), *first);
  std::vector<sl_policy_bits> values = rows;
  TRY(put_batch(bits_.name(), bits_.fd(), keys, values));
  return first;
}

// None: there is no room for another one.
Result<std::optional<sl_policy_class>> LiveAddresses::use_class(const OpenedAddress& member) {
  const auto at = classes_.find(key_of(member));
  if (at != classes_.end()) {
    ++at->second.users;
    return std::optional(at->second.at);
  }
  const OpenedAddresses& opened = rules_->policies->opened;
  const ClassRows made = widened(*rules_->policies, member.around, policies_of(opened, member.sets));
  const auto first = TRY(place(made.rows));
  if (!first) return std::optional<sl_policy_class>();
  const sl_policy_class found{*first, made.chunks};
  classes_.emplace(key_of(member), Class{found, 1});
  return std::optional(found);
}

void LiveAddresses::leave_class(const OpenedAddress& member) {
  const auto at = classes_.find(key_of(member));
  if (at == classes_.end() || --at->second.users) return;
  room_.give_back(at->second.at.row, static_cast<uint32_t>(std::popcount(at->second.at.chunks)));
  classes_.erase(at);
}

Result<> LiveAddresses::put_row(const IpAddress& address, const OpenedAddress& member,
                                const sl_policy_class& at) {
  const sl_prefix_key key = key_of_opened(address);
  if (!member.sets.empty()) return destinations_.put(key, at);
  return member.is_of_document ? destinations_.put(key, member.around) : destinations_.remove(key);
}

// None: a set is not one of the rules in force.
Result<std::optional<LiveAddresses::Wanted>> LiveAddresses::wanted(
    std::span<const OpenedChange> changes) const {
  Wanted wanted;
  for (const OpenedChange& one : changes) {
    const auto set = number_of_set(rules_->policies->opened, one.set);
    if (!set) return std::optional<Wanted>();
    auto at = wanted.members.find(one.address);
    if (at == wanted.members.end()) at = wanted.members.emplace(one.address, TRY(around(one.address))).first;
    auto sets = changed_sets(at->second.sets, *set, one.opens);
    if (!sets) continue;   // it is that already
    at->second.sets = std::move(*sets);
    const uint64_t own = digest_of_opened(*set, one.address);
    wanted.digest += one.opens ? own : -own;
  }
  return std::optional(std::move(wanted));
}

void LiveAddresses::note(OpenedMembers&& members) {
  for (auto& [address, member] : members) {
    if (const auto before = members_.find(address); before != members_.end()) leave_class(before->second);
    if (member.sets.empty())
      members_.erase(address);
    else
      members_[address] = std::move(member);
  }
}

// While rows are changed the digest is that of no rules: whoever starts after a crash puts all of them anew.
Result<bool> LiveAddresses::change(Tables& tables, std::span<const OpenedChange> changes) {
  if (!is_in_force(tables)) return false;
  auto wanted = TRY(this->wanted(changes));
  if (!wanted) return false;
  std::vector<sl_policy_class> classes;
  for (const auto& [address, member] : wanted->members) {
    const auto at = member.sets.empty() ? std::optional(sl_policy_class{}) : TRY(use_class(member));
    if (!at) return false;
    classes.push_back(*at);
  }
  auto* digest = &tables.config->rules_digest[SL_SLOT_OF(tables.config.version())];
  const uint64_t then = *digest + wanted->digest;
  __atomic_store_n(digest, 0, __ATOMIC_RELEASE);
  auto at = classes.begin();
  for (const auto& [address, member] : wanted->members) TRY(put_row(address, member, *at++));
  note(std::move(wanted->members));
  __atomic_store_n(digest, then, __ATOMIC_RELEASE);
  return true;
}

}   // namespace sluice
