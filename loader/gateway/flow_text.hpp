// SPDX-License-Identifier: GPL-2.0-or-later
// A flow as gateways of a cluster tell each other of it: by the names of the document that they share, since
// each numbers zones, rules and devices by itself. A text is one line, without tabs. A flow that began with a
// SYN cookie has a word more than others: a release that knows of none takes all flows but that.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "compile/common/numbered_rules.hpp"
#include "engine/state.hpp"

namespace sluice {

// Names by number and numbers by name, as they are here now.
class FlowNames {
 public:
  FlowNames() = default;
  FlowNames(const Document& document, const NumberedRules& rules, const Observed& seen);

  std::string zone(uint16_t number) const;
  std::string vrf(uint16_t number) const { return vrfs_.name(number); }
  std::string link(uint32_t index) const { return links_.name(index); }
  std::string object(uint32_t number) const { return objects_.name(number); }
  std::optional<uint16_t> zone_number(std::string_view name) const;
  std::optional<uint16_t> vrf_number(std::string_view name) const;
  // 0: none here.
  uint32_t link_index(std::string_view name) const { return links_.number(name).value_or(0); }
  uint32_t object_number(std::string_view name) const { return objects_.number(name).value_or(0); }

 private:
  class Table {
   public:
    void add(uint32_t number, std::string name);
    std::string name(uint32_t number) const;   // "-": none
    std::optional<uint32_t> number(std::string_view name) const;

   private:
    std::map<uint32_t, std::string> names_;
    std::map<std::string, uint32_t, std::less<>> numbers_;
  };
  std::vector<std::string> zones_;
  Table vrfs_, links_, objects_;
};

// Whether another gateway could go on with it: both ends are elsewhere, and it was answered.
bool can_move(const FlowState& flow);

std::string flow_text(const FlowState& flow, const FlowNames& names);
// Failure: it makes no sense, or the rules here do not have what it names.
Result<FlowState> parse_flow(std::string_view text, const FlowNames& names);

std::string key_text(const FlowKey& key, const FlowNames& names);
Result<FlowKey> parse_key(std::string_view text, const FlowNames& names);

}   // namespace sluice
