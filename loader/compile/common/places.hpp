// SPDX-License-Identifier: GPL-2.0-or-later
// Where addresses lie: on which device, in which VRF.
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "compile/common/numbered_rules.hpp"

namespace sluice {

class Places {
 public:
  Places(const Document& document, const std::vector<PlannedLink>& links);

  // The managed link of a VRF that carries an address itself or its network; null: none.
  const PlannedLink* link_of(const IpAddress& address, uint16_t vrf) const;
  // The VRF that an outside address lies in: of who has it, or its network; where nobody has, the main one.
  uint16_t vrf_of(const IpAddress& address) const;

  struct Listener {
    IpAddress address;
    uint16_t vrf = 0;
  };
  // Where a forward listens, an interface's name resolved.
  std::vector<Listener> listeners_of(const Forward& forward) const;

 private:
  const Document& document_;
  const std::vector<PlannedLink>& links_;
  std::unordered_map<std::string_view, const PlannedLink*> by_name_;
};

}   // namespace sluice
