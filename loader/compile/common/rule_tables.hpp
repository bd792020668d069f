// SPDX-License-Identifier: GPL-2.0-or-later
// The rows of the rules, asked as the packet path asks its tables (bpf/base/rules.h). Pure.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "compile/common/numbered_rules.hpp"
#include "model/document.hpp"

namespace sluice {

// What policies judge: addresses and ports as the inside sees them.
struct PolicyQuestion {
  uint16_t zone_in = 0, zone_out = 0;
  IpAddress source, destination;
  uint8_t protocol = 0;
  uint16_t destination_port = 0;
};

// Pointers are null where nothing matches, and live as long as the rules.
class RuleTables {
 public:
  // Both outlive it.
  RuleTables(const Document& document, const NumberedRules& rules);

  const Document& document() const { return document_; }
  const NumberedRules& rules() const { return rules_; }

  const sl_interface* interface(uint32_t index) const;
  const sl_local* local(uint16_t vrf, const IpAddress& address) const;
  const sl_zone_pair* pair(uint16_t from, uint16_t to) const;
  const sl_masquerade* masquerade_between(uint16_t from, uint16_t to, Family family) const;
  // Ranges stand there as blocks: the longest one that holds the port.
  const sl_forward* forward(uint16_t view, uint8_t protocol, const IpAddress& destination,
                            uint16_t port) const;
  const sl_static* static_in(uint16_t view, const IpAddress& outside) const;
  // What UDP from this address of the gateway to that port of a remote is for: one of its tunnels.
  bool is_of_tunnel(const IpAddress& local, const IpAddress& remote, uint16_t port) const;
  const sl_static* static_out(uint16_t vrf, const IpAddress& inside) const;
  // Another VRF that this one leaves the address to.
  std::optional<uint16_t> vrf_through(uint16_t vrf, const IpAddress& address) const;
  bool set_has(uint32_t set, const IpAddress& address) const;
  // The first that matches.
  const Policy* policy_for(const PolicyQuestion& question) const;

 private:
  const Document& document_;
  const NumberedRules& rules_;
  std::unordered_map<std::string, const sl_forward*> forwards_;   // by the bytes of the key
};

}   // namespace sluice
