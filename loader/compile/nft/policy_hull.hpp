// SPDX-License-Identifier: GPL-2.0-or-later
// What all policies of a piece have in common: the smallest box around protocols, ports and addresses. Most
// flows are outside of it, and pass the piece with a few comparisons.
#pragma once

#include <set>

#include "compile/nft/context.hpp"

namespace sluice::nft {

class PolicyHull {
 public:
  void widen(const Policy& policy);

  // Each a rule that leaves the chain; none where some policy leaves everything open.
  std::vector<std::vector<json>> rules() const;

 private:
  // Of one side's addresses; two families, or a set's name, leave it open.
  struct Side {
    bool open = false;
    std::optional<Prefix> around;
    void widen(const AddressMatch& match);
    void add_rule(std::string_view direction, std::vector<std::vector<json>>& rules) const;
  };

  bool any_protocol_ = false, any_port_ = false;
  std::set<uint8_t> protocols_;
  std::optional<PortRange> ports_;
  Side source_, destination_;
};

}   // namespace sluice::nft
