// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses that names open or close in the rules that are in force. The class of an address is written where
// no address leads to, and then its row is put or exchanged: a packet sees it as it was or as it is.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "compile/common/numbered_rules.hpp"
#include "engine/ebpf/room.hpp"
#include "engine/ebpf/tables.hpp"
#include "model/opened_change.hpp"

namespace sluice {

class LiveAddresses {
 public:
  // What is in force now, whoever put it there; `rules` say what it means. Needs CAP_SYS_ADMIN.
  static Result<LiveAddresses> open(const Pins& pins, const Tables& tables,
                                    std::shared_ptr<const NumberedRules> rules);

  // False: that takes other tables, and no packet sees any of it. A failure: the same, or the digest of the
  // rules in force is 0, and they are to be put in force anew.
  Result<bool> change(Tables& tables, std::span<const OpenedChange> changes);
  const OpenedMembers& members() const { return members_; }

 private:
  using Destinations = BpfMap<sl_prefix_key, sl_policy_class>;
  using Bits = BpfMap<uint32_t, sl_policy_bits>;
  // Of the class around it, and the sets that the address is in.
  using ClassKey = std::tuple<uint32_t, uint32_t, std::vector<uint32_t>>;
  struct Class {
    sl_policy_class at;
    uint32_t users = 0;
  };

  LiveAddresses(std::shared_ptr<const NumberedRules> rules, uint32_t version, UniqueFd outer,
                Destinations destinations, Bits bits)
      : rules_(std::move(rules)),
        version_(version),
        outer_(std::move(outer)),
        destinations_(std::move(destinations)),
        bits_(std::move(bits)) {}
  struct Wanted {
    OpenedMembers members;
    uint64_t digest = 0;   // what the change adds to it
  };
  Result<> read();
  Result<std::optional<Wanted>> wanted(std::span<const OpenedChange> changes) const;
  void note(OpenedMembers&& members);
  static ClassKey key_of(const OpenedAddress& member) {
    return {member.around.row, member.around.chunks, member.sets};
  }
  bool is_in_force(const Tables& tables) const;
  Result<OpenedAddress> around(const IpAddress& address) const;
  Result<std::optional<sl_policy_class>> use_class(const OpenedAddress& member);
  void leave_class(const OpenedAddress& member);
  Result<std::optional<uint32_t>> place(const std::vector<sl_policy_bits>& rows);
  Result<> put_row(const IpAddress& address, const OpenedAddress& member, const sl_policy_class& at);

  std::shared_ptr<const NumberedRules> rules_;   // what is of the document stands as these say
  uint32_t version_;                             // its high half
  UniqueFd outer_;                               // the two generations of policy_bits
  Destinations destinations_;
  Bits bits_;
  OpenedMembers members_;
  std::map<ClassKey, Class> classes_;
  Room room_{0, {}};
};

}   // namespace sluice
