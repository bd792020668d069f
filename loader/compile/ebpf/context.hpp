// SPDX-License-Identifier: GPL-2.0-or-later
// What the parts of compile_rules() share: zones and objects by number, and where addresses live.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "compile/common/places.hpp"
#include "compile/ebpf/policy_classes.hpp"

namespace sluice {

// Numbers of zones: 0 is the gateway, the rest in the order of the document.
class ZoneNumbers {
 public:
  explicit ZoneNumbers(const Document& document);
  uint16_t of(const std::string& zone) const { return numbers_.at(zone); }
  size_t size() const { return names_.size(); }
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::map<std::string, uint16_t> numbers_;
  std::vector<std::string> names_;
};

// Numbers of named rules: those in use stay, new ones get the smallest that is free.
class ObjectNumbers {
 public:
  explicit ObjectNumbers(const ObjectIds& known) : known_(known), has_row_(SL_MAX_OBJECTS, false) {}
  uint32_t of(uint8_t kind, std::string_view name);   // 0: is not counted, the table is full
  std::vector<ObjectRow> take_rows() { return std::move(rows_); }

 private:
  uint32_t number_of(const ObjectView& object);
  uint32_t take_free();

  const ObjectIds& known_;
  ObjectIds added_;
  std::vector<bool> has_row_, taken_;   // by number; taken_ is empty until something is added
  uint32_t next_ = 1;
  std::vector<ObjectRow> rows_;
};

// Address sets by content: rules that share a set share its rows.
class SetNumbers {
 public:
  SetNumbers(const Document& document, Rows<sl_prefix_key, uint32_t>& rows)
      : document_(document), rows_(rows) {}
  uint32_t number_of(const AddressMatch& match);   // 0: any address
  uint32_t number_of(const std::vector<Prefix>& prefixes);

 private:
  const Document& document_;
  Rows<sl_prefix_key, uint32_t>& rows_;
  std::map<std::vector<Prefix>, uint32_t> numbers_;
};

struct CompileContext {
  const Document& document;
  const Observed& observed;
  const std::vector<PlannedLink>& links;
  const Places places;
  const ZoneNumbers& zones;
  ObjectNumbers& objects;
  SetNumbers& sets;
  NumberedRules& rules;
  const std::set<std::string> uplinks;   // zones

  sl_interface& row_of(const PlannedLink& link);   // after the interfaces
};

void compile_interfaces(CompileContext& context);
void compile_vlans(CompileContext& context);     // after the interfaces
void compile_tunnels(CompileContext& context);   // after the interfaces
void compile_policies(CompileContext& context, SharedPolicyTables policies);
void compile_masquerades(CompileContext& context);
void compile_static_mappings(CompileContext& context);
void compile_forwards(CompileContext& context);
void compile_vrfs(CompileContext& context);
void compile_endpoints(CompileContext& context);
// Those that no flow is led to now keep their numbers, and with them what was counted.
void compile_backends(CompileContext& context);
void compile_limits(CompileContext& context);

}   // namespace sluice
