// SPDX-License-Identifier: GPL-2.0-or-later
// Interfaces that are in a VRF's device. Once the kernel has routed a packet, netfilter shows that device as
// the one that it came in by; the interface itself is `sdif` then. So what is asked behind prerouting about
// the way in exists twice. The hooks of prerouting and output see such packets once for each of both devices:
// what is to be done is done for the interface.
#include <fmt/format.h>

#include <map>

#include "compile/nft/context.hpp"

namespace sluice::nft {
namespace {

constexpr std::string_view kIn = R"("key":"iif")", kInOfSlave = R"("key":"sdif")", kTarget = R"("target":")",
                           kSet = R"("@)";
constexpr std::string_view kOfSlaves = "/slaves";

json is_vrf(std::string_view kind) { return match(meta(kind), "vrf"); }

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

// Visits what a rule or an element names: the chains that it leads to, and with "@" the sets that it asks.
template <class Visit>
void for_each_named(const std::string& text, Visit visit) {
  for (const std::string_view mark : {kTarget, kSet})
    for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
      at += mark.size();
      visit((mark == kSet ? "@" : "") + text.substr(at, text.find('"', at) - at));
    }
}

// Copies of the chains that ask for the way in, or lead to one that does; of maps of verdicts likewise.
class Copies {
 public:
  explicit Copies(Compiler& c) : c_(c) {
    for (size_t i = 0; i < c.rules.chains.size(); ++i) chains_[c.rules.chains[i].name] = i;
    for (size_t i = 0; i < c.rules.sets.size(); ++i)
      if (c.rules.sets[i].kind.value("map", "") == "verdict") maps_[at(c.rules.sets[i].name)] = i;
  }

  // A hook itself stays: what came in by a VRF's device goes to its copy.
  void divert(const std::string& hook) {
    if (!asks(hook)) return;
    copy(hook);
    put_first(c_.rules.chains[chains_.at(hook)], {is_vrf("iifkind"), go(hook + std::string(kOfSlaves))});
  }

 private:
  std::vector<std::string> texts_of(const std::string& name) const {
    if (const auto chain = chains_.find(name); chain != chains_.end())
      return c_.rules.chains[chain->second].rules;
    const auto map = maps_.find(name);
    return map == maps_.end() ? std::vector<std::string>{} : c_.rules.sets[map->second].elements;
  }

  // Chains lead in no circles, or the kernel would not have them.
  bool asks(const std::string& name) {
    if (const auto known = asks_.find(name); known != asks_.end()) return known->second;
    bool found = false;
    for (const std::string& text : texts_of(name)) {
      found = found || text.find(kIn) != std::string::npos;
      for_each_named(text, [&](const std::string& other) { found = asks(other) || found; });
    }
    return asks_[name] = found;
  }

  std::string in_copy(const std::string& text) {
    std::string copied = replaced(text, kIn, kInOfSlave);
    std::set<std::string> named;
    for_each_named(text, [&](const std::string& other) {
      if (asks(other)) named.insert(other);
    });
    for (const std::string& other : named) {
      copy(other);
      const std::string name = fmt::format("{}{}", other.starts_with('@') ? "\"" : kTarget, other);
      copied = replaced(std::move(copied), fmt::format("{}\"", name), fmt::format("{}{}\"", name, kOfSlaves));
    }
    return copied;
  }

  void copy(const std::string& name) {
    if (!copied_.insert(name).second) return;
    std::vector<std::string> texts;
    for (const std::string& text : texts_of(name)) texts.push_back(in_copy(text));
    if (chains_.contains(name)) {
      c_.rules.chains.push_back({name + std::string(kOfSlaves), nullptr, std::move(texts)});
      return;
    }
    NftSet map = c_.rules.sets[maps_.at(name)];
    map.name += kOfSlaves;
    map.elements = std::move(texts);
    c_.rules.sets.push_back(std::move(map));
  }

  Compiler& c_;
  std::map<std::string, size_t> chains_, maps_;
  std::map<std::string, bool> asks_;
  std::set<std::string> copied_;
};

// The kernel itself does without connection tracking there since 5.16.
std::vector<json> pass(const json& hook) {
  const bool arrives = hook["hook"] == "prerouting";
  std::vector<json> rule{is_vrf(arrives ? "iifkind" : "oifkind")};
  if (!arrives && hook["prio"] == kBeforeFragments) rule.push_back({{"notrack", nullptr}});
  rule.push_back(accept());
  return rule;
}

}   // namespace

void put_first(NftChain& chain, const std::vector<json>& rule) {
  add(chain, rule);
  std::ranges::rotate(chain.rules, chain.rules.end() - 1);
}

void compile_slaves(Compiler& c) {
  if (!c.has_slaves) return;
  Copies copies(c);
  std::vector<std::string> behind_prerouting;
  for (NftChain& chain : c.rules.chains) {
    if (chain.hook.is_null()) continue;
    if (chain.hook["hook"] == "prerouting" || chain.hook["hook"] == "output") {
      put_first(chain, pass(chain.hook));
    } else if (chain.hook["hook"] != "postrouting") {   // it has no sdif
      behind_prerouting.push_back(chain.name);
    }
  }
  for (const std::string& hook : behind_prerouting) copies.divert(hook);
}

}   // namespace sluice::nft
