// SPDX-License-Identifier: GPL-2.0-or-later
// The document of a node that is one no more.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "config/complaints.hpp"
#include "config/config.hpp"
#include "config/edit.hpp"
#include "config/parse.hpp"

namespace sluice {
namespace config {
namespace {

using Addresses = std::vector<InterfaceAddress>;

std::vector<std::string> spell(const Addresses& addresses) {
  std::vector<std::string> items;
  for (const InterfaceAddress& address : addresses) items.push_back(json_string(address.to_string()));
  return items;
}

std::string spell_list(const Addresses& addresses) {
  return fmt::format("[{}]", join(spell(addresses), ", "));
}

Result<std::string> put_addresses(const std::string& text, std::string_view file_name,
                                  const Interface& interface, bool keeps) {
  const auto tree = TRY(parse_or_fail(text, file_name));
  const Node* interfaces = tree.root().member("interfaces");
  const Node* owner = interfaces ? interfaces->member(interface.name) : nullptr;
  const Node* there = owner ? owner->member("addresses") : nullptr;
  const Addresses& own = interface.own_addresses;
  if (!owner || (own.empty() && (keeps || !there))) return text;
  if (!there) return insert_last(text, *owner, fmt::format("\"addresses\": {}", spell_list(own)));
  if (own.empty()) return remove_item(text, *there);
  return keeps ? insert_last(text, *there, spell(own)) : replace_value(text, *there, spell_list(own));
}

// What the node keeps an answer for: its own addresses, and what is behind interfaces that move nowhere.
class Kept {
 public:
  explicit Kept(const Document& document) {
    for (const Interface& interface : document.interfaces) {
      for (const InterfaceAddress& own : interface.own_addresses) add({own.address, own.address});
      if (interface.moves || interface.shared) continue;
      for (const InterfaceAddress& address : interface.addresses)
        add({Prefix::of(address).address, Prefix::of(address).last()});
    }
  }

  bool has(std::string_view text) const {
    const auto range = AddressRange::parse(text);
    const auto holds = [&](const AddressRange& one) {
      return one.contains(range->first) && one.contains(range->last);
    };
    return !range || std::ranges::any_of(ranges_, holds);   // else it is a device
  }

 private:
  void add(const AddressRange& range) { ranges_.push_back(range); }

  std::vector<AddressRange> ranges_;
};

// The first that it does not have; null: it has all.
const Node* not_kept(const Node* addresses, const Kept& kept) {
  if (!addresses) return nullptr;
  if (addresses->kind == Kind::kString) return kept.has(addresses->text) ? nullptr : addresses;
  if (addresses->kind != Kind::kList) return nullptr;
  for (const Node& one : addresses->children())
    if (one.kind == Kind::kString && !kept.has(one.text)) return &one;
  return nullptr;
}

// The container with these of its items alone, each on its line.
std::string with_items(std::string_view text, const Node& container, const std::vector<const Node*>& items) {
  if (items.empty()) return remove_item(text, container);
  const bool is_object = container.kind == Kind::kObject;
  std::string value(is_object ? "{" : "[");
  for (const Node* item : items)
    value += fmt::format("{}\n      {}", item == items.front() ? "" : ",",
                         text.substr(item->start(), item->end - size_t{item->start()}));
  return replace_value(text, container, value + (is_object ? "\n    }" : "\n    ]"));
}

// Where rules are that answer for addresses.
struct RuleList {
  std::string_view part, list, addresses, kind;
};
constexpr RuleList kRuleLists[] = {{"nat", "forwards", "listen", "forward"},
                                   {"nat", "static", "outside", "static mapping"},
                                   {"nat", "masquerade", "addresses", "masquerade"},
                                   {"nat", "nat64", "addresses", "nat64"},
                                   {"", "services", "listen", "service"}};

std::string name_of(const Node& rule) {
  const Node* name = rule.is_member() ? nullptr : rule.member("name");
  return quote(rule.is_member() ? rule.key : name ? name->text : std::string_view());
}

Result<> leave_out(LeftCluster& left, std::string_view file_name, const RuleList& where, const Kept& kept) {
  const auto tree = TRY(parse_or_fail(left.text, file_name));
  const Node* part = where.part.empty() ? &tree.root() : tree.root().member(where.part);
  const Node* rules = part ? part->member(where.list) : nullptr;
  if (!rules) return {};
  std::vector<const Node*> staying;
  for (const Node& rule : rules->children()) {
    if (const Node* gone = not_kept(rule.member(where.addresses), kept))
      left.left_out.push_back(fmt::format("{} {} at {}", where.kind, name_of(rule), gone->text));
    else
      staying.push_back(&rule);
  }
  if (staying.size() != rules->count) left.text = with_items(left.text, *rules, staying);
  return {};
}

}   // namespace
}   // namespace config

Result<LeftCluster> without_cluster(std::string_view text, std::string_view file_name,
                                    const Document& document, bool is_last) {
  LeftCluster left{.text = TRY(remove_cluster(text, file_name)), .left_out = {}};
  for (const Interface& interface : document.interfaces)
    left.text = TRY(config::put_addresses(left.text, file_name, interface,
                                          is_last || !(interface.moves || interface.shared)));
  if (is_last || !document.cluster || !document.cluster->addresses) return left;
  const config::Kept kept(document);
  for (const config::RuleList& where : config::kRuleLists)
    TRY(config::leave_out(left, file_name, where, kept));
  return left;
}

}   // namespace sluice
