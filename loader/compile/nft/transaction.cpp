// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "compile/nft/context.hpp"

namespace sluice {
namespace {

using nlohmann::json;

json in_table(json object) {
  object["family"] = "inet";
  object["table"] = "sluice";
  return object;
}

std::string_view sort_of(const NftSet& set) { return set.is_map() ? "map" : "set"; }

json declaration_of(const NftSet& set) {
  json object = in_table(set.kind);
  object["name"] = set.name;
  return object;
}

// Elements and rules are JSON already: a hundred thousand of them as values would take hundreds of megabytes.
class Commands {
 public:
  void command(std::string_view verb, std::string_view kind, json object) {
    separate();
    text_ += json{{verb, {{kind, std::move(object)}}}}.dump();
  }
  // The members of each rule stand behind those that say where it is.
  void rules(const NftChain& chain) {
    const std::string place = in_table({{"chain", chain.name}}).dump();
    const std::string frame = R"({"add":{"rule":)" + place.substr(0, place.size() - 1) + ",";
    for (const std::string& rule : chain.rules) {
      separate();
      text_.append(frame).append(rule, 1).append("}}");
    }
  }
  void elements(std::string_view verb, const std::string& set, const std::vector<std::string_view>& list) {
    if (!list.empty()) list_in(verb, "element", in_table({{"name", set}}), list);
  }
  // As part of the set's own declaration, which a set that is there has already. For elements by themselves
  // libnftables reads all intervals of the table first, for a second when they are a hundred thousand.
  void more(const NftSet& set, const std::vector<std::string_view>& list) {
    if (!list.empty()) list_in("add", sort_of(set), declaration_of(set), list);
  }
  std::string take() { return text_ + "]}"; }

 private:
  void list_in(std::string_view verb, std::string_view kind, json object,
               const std::vector<std::string_view>& list) {
    separate();
    object["elem"] = json::array();
    const std::string frame = json{{verb, {{kind, std::move(object)}}}}.dump();
    const size_t place = frame.find("\"elem\":[") + 8;
    text_.append(frame, 0, place);
    for (size_t i = 0; i < list.size(); ++i) text_.append(i ? "," : "").append(list[i]);
    text_.append(frame, place);
  }
  void separate() {
    if (!first_) text_ += ',';
    first_ = false;
  }

  std::string text_ = R"({"nftables":[)";
  bool first_ = true;
};

void add_table(Commands& out) { out.command("add", "table", {{"family", "inet"}, {"name", "sluice"}}); }

void add_set(Commands& out, const NftSet& set) { out.command("add", sort_of(set), declaration_of(set)); }

void add_chain(Commands& out, const NftChain& chain) {
  json object = in_table(chain.hook.is_null() ? json::object() : chain.hook);
  object["name"] = chain.name;
  out.command("add", "chain", std::move(object));
}

void add_object(Commands& out, const NftObject& object) {
  json says = in_table(object.says);
  says["name"] = object.name;
  out.command("add", object.kind, std::move(says));
}

void remove(Commands& out, std::string_view kind, const std::string& name) {
  out.command("delete", kind, in_table({{"name", name}}));
}

std::vector<std::string_view> views(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

// By what identifies it: (key, element); without keys the element identifies itself.
using Row = std::pair<std::string_view, std::string_view>;

Row row_of(const NftSet& set, size_t at) {
  return {set.keyed ? set.keys[at] : set.elements[at], set.elements[at]};
}

// Between as many at both ends.
std::vector<Row> rows_of(const NftSet& set, size_t first, size_t behind) {
  std::vector<Row> rows;
  for (size_t i = first; i + behind < set.elements.size(); ++i) rows.push_back(row_of(set, i));
  std::sort(rows.begin(), rows.end());
  return rows;
}

// Rows that stay are not touched, so their counters go on. Most stay where they are.
void change_rows(Commands& out, const NftSet& before, const NftSet& after) {
  const size_t shorter = std::min(before.elements.size(), after.elements.size());
  size_t first = 0, behind = 0;
  while (first < shorter && row_of(before, first) == row_of(after, first)) ++first;
  while (first + behind < shorter && row_of(before, before.elements.size() - 1 - behind) ==
                                         row_of(after, after.elements.size() - 1 - behind))
    ++behind;
  const auto old_rows = rows_of(before, first, behind), new_rows = rows_of(after, first, behind);
  std::vector<std::string_view> gone, come;
  auto a = old_rows.begin(), b = new_rows.begin();
  while (a != old_rows.end() || b != new_rows.end()) {
    if (b == new_rows.end() || (a != old_rows.end() && *a < *b))
      gone.push_back((a++)->first);
    else if (a == old_rows.end() || *b < *a)
      come.push_back((b++)->second);
    else
      ++a, ++b;
  }
  out.elements("delete", after.name, gone);
  out.more(after, come);
}

// Ranges that overlap those that go cannot be exchanged one by one; and a row of a map is known by its key.
void change_set(Commands& out, const NftSet& before, const NftSet& after) {
  if (after.counts || before.elements == after.elements) return;
  if ((after.keyed || !after.is_map()) && !after.has_ranges()) return change_rows(out, before, after);
  out.command("flush", sort_of(after), in_table({{"name", after.name}}));
  out.elements("add", after.name, views(after.elements));
}

// Rules go before the sets that they name. Chains come before sets: libnftables sends the intervals of a map
// as part of its declaration, whatever stands between, and they lead to chains.
class Difference {
 public:
  Difference(const RulesNft& before, const RulesNft& after) : old_text_(&before.text_chains) {
    for (const NftObject& object : before.objects) old_objects_[object.name] = &object;
    for (const NftObject& object : after.objects) new_objects_[object.name] = &object;
    for (const NftSet& set : before.sets) old_sets_[set.name] = &set;
    for (const NftSet& set : after.sets) new_sets_[set.name] = &set;
    for (const NftChain& chain : before.chains) old_chains_[chain.name] = &chain;
    for (const NftChain& chain : after.chains) {
      new_chains_[chain.name] = &chain;
      const auto old = old_chains_.find(chain.name);
      if (old != old_chains_.end() && old->second->rules == chain.rules) kept_.insert(chain.name);
    }
  }

  void write(Commands& out) {
    for (const auto& [name, chain] : old_chains_)
      if (!keeps_text(name) && !keeps_rules(name)) out.command("flush", "chain", in_table({{"name", name}}));
    for (const auto& [name, object] : new_objects_)
      if (!old_objects_.contains(name)) add_object(out, *object);
    for (const auto& [name, chain] : new_chains_)
      if (!old_chains_.contains(name)) add_chain(out, *chain);
    for (const auto& [name, set] : new_sets_)
      if (!stays(name)) add_set(out, *set);
    for (const auto& [name, set] : new_sets_) fill(out, name, *set);
    for (const auto& [name, chain] : new_chains_)
      if (!keeps_rules(name)) out.rules(*chain);
    for (const auto& [name, set] : old_sets_)
      if (!new_sets_.contains(name)) remove(out, sort_of(*set), name);
    for (const auto& [name, chain] : old_chains_)
      if (!new_chains_.contains(name)) remove(out, "chain", name);
    for (const auto& [name, object] : old_objects_)   // no element leads there any more
      if (!new_objects_.contains(name)) remove(out, object->kind, name);
  }

 private:
  // Its rules are exchanged by text_transaction().
  bool keeps_text(const std::string& name) const {
    return old_text_->contains(name) && new_chains_.contains(name);
  }
  // Each set that they name stays as well, because a rule with another name is another one.
  bool keeps_rules(const std::string& name) const { return kept_.contains(name); }
  bool stays(const std::string& name) const { return old_sets_.contains(name); }
  void fill(Commands& out, const std::string& name, const NftSet& set) const {
    if (stays(name))
      change_set(out, *old_sets_.at(name), set);
    else if (!set.counts)
      out.elements("add", name, views(set.elements));
  }

  const std::set<std::string>* old_text_;
  std::map<std::string, const NftObject*> old_objects_, new_objects_;
  std::map<std::string, const NftSet*> old_sets_, new_sets_;
  std::map<std::string, const NftChain*> old_chains_, new_chains_;
  std::set<std::string> kept_;   // chains whose rules stay
};

// Whatever stands under sluice's name goes in the same transaction.
void write_all(Commands& out, const RulesNft& rules) {
  add_table(out);
  out.command("delete", "table", {{"family", "inet"}, {"name", "sluice"}});
  add_table(out);
  for (const NftObject& object : rules.objects) add_object(out, object);
  for (const NftChain& chain : rules.chains) add_chain(out, chain);
  for (const NftSet& set : rules.sets) add_set(out, set);
  for (const NftSet& set : rules.sets) out.elements("add", set.name, views(set.elements));
  for (const NftChain& chain : rules.chains) out.rules(chain);
}

// Once what JSON says is in force, where `before` was.
bool has_its_text(const RulesNft* before, const RulesNft& after) {
  return before ? before->text == after.text : after.text.empty();
}

NftSet identity_of(const RulesNft& rules, std::string_view digest) {
  const std::string text = identity_text(rules.generation, digest);
  const json element = {{"elem", {{"val", rules.generation}, {"comment", text}}}};
  return {.name = std::string(kNftIdentitySet), .kind = {{"type", "mark"}, {"elem", json::array({element})}}};
}

}   // namespace

std::string identity_text(uint8_t generation, std::string_view digest) {
  return fmt::format("generation {} rules {}", generation, digest);
}

bool is_changeable(const RulesNft& before, const RulesNft& after) {
  std::map<std::string_view, const nlohmann::json*> kinds;
  for (const NftSet& set : before.sets) kinds.emplace(set.name, &set.kind);
  return std::all_of(after.sets.begin(), after.sets.end(), [&](const NftSet& set) {
    const auto old = kinds.find(set.name);
    return old == kinds.end() || *old->second == set.kind;
  });
}

std::string transaction(const RulesNft* before, const RulesNft& after) {
  Commands out;
  const bool changes = before && is_changeable(*before, after);
  const bool is_all = has_its_text(changes ? before : nullptr, after);
  const NftSet identity = identity_of(after, is_all ? after.digest : kNftUnfinished);
  if (changes) {
    remove(out, "set", identity.name);
    Difference(*before, after).write(out);
  } else {
    write_all(out, after);
  }
  add_set(out, identity);
  return out.take();
}

namespace {

// "add ct timeout inet sluice tcp_7440_2404 { ..." -> "ct timeout inet sluice tcp_7440_2404"
std::string object_of(const std::string& line) {
  if (line.starts_with("add rule ")) return "";
  return line.substr(4, line.find(" {") - 4);
}

}   // namespace

std::string text_transaction(const RulesNft* before, const RulesNft& after) {
  if (has_its_text(before, after)) return "";
  std::string text;
  for (const std::string& chain : after.text_chains)
    text += fmt::format("flush chain inet sluice {}\n", chain);
  for (const std::string& line : after.text) text += line + "\n";
  text += fmt::format("flush set inet sluice {0}\nadd element inet sluice {0} {{ {1} comment \"{2}\" }}\n",
                      kNftIdentitySet, after.generation, identity_text(after.generation, after.digest));
  if (!before) return text;
  std::set<std::string> stay;
  for (const std::string& line : after.text) stay.insert(object_of(line));
  for (const std::string& line : before->text)
    if (const std::string object = object_of(line); !stay.contains(object)) text += "delete " + object + "\n";
  return text;
}

}   // namespace sluice
