// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/other_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <ranges>
#include <set>
#include <span>

#include "base/text.hpp"

namespace sluice {
namespace {

constexpr size_t kMostNamed = 5;

std::string_view without_margin(std::string_view line) {
  const size_t start = line.find_first_not_of(" \t");
  return start == std::string_view::npos ? std::string_view() : line.substr(start);
}

// The word behind `mark`; empty: it is not there.
std::string_view word_behind(std::string_view line, std::string_view mark) {
  const size_t at = line.find(mark);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = line.substr(at + mark.size());
  return rest.substr(0, std::min(rest.find_first_of(" \t;{"), rest.size()));
}

// "tcp dport 8080 counter packets 0 bytes 0 dnat to 172.17.0.2:80", as nft prints rules of iptables as well.
std::optional<std::string> published_by(std::string_view line) {
  for (const std::string_view mark : {"dnat to ", "dnat ip to ", "dnat ip6 to "}) {
    const std::string_view target = word_behind(line, mark);
    if (target.empty()) continue;
    for (const std::string_view protocol : {"tcp", "udp", "sctp"})
      if (const auto port = word_behind(line, fmt::format("{} dport ", protocol)); !port.empty())
        return fmt::format("{} port {} to {}", protocol, port, target);
    return fmt::format("what is translated to {}", target);
  }
  return std::nullopt;
}

struct Chain {
  bool drops = false;   // what is forwarded and what no rule accepts
  std::vector<std::string_view> rules;
};
using Chains = std::map<std::string_view, Chain>;

Chains chains_of(std::string_view table) {
  Chains chains;
  Chain* chain = nullptr;
  for (const std::string_view margined : split(table, '\n')) {
    const std::string_view line = without_margin(margined);
    if (line.starts_with("chain "))
      chain = &chains[word_behind(line, "chain ")];
    else if (chain && line.starts_with("type "))
      chain->drops |=
          line.starts_with("type filter hook forward") && line.find("policy drop") != std::string_view::npos;
    else if (chain && !line.empty())
      chain->rules.push_back(line);
  }
  return chains;
}

// What a rule without a condition does; that it counts is none.
std::string_view without_counter(std::string_view rule) {
  constexpr std::string_view kBytes = " bytes ";
  if (!rule.starts_with("counter packets ")) return rule;
  const size_t bytes = rule.find(kBytes);
  const size_t end = bytes == std::string_view::npos ? bytes : rule.find(' ', bytes + kBytes.size());
  return end == std::string_view::npos ? std::string_view() : rule.substr(end + 1);
}

enum class Fate { kGoesOn, kPasses, kEnds };

// Of a packet that only rules without a condition meet. `seen`: chains that it has gone through.
Fate fate_in(const Chains& chains, std::string_view name, std::set<std::string_view>& seen) {
  const auto chain = chains.find(name);
  if (chain == chains.end() || !seen.insert(name).second) return Fate::kGoesOn;
  for (const std::string_view rule : chain->second.rules) {
    const std::string_view does = without_counter(rule);
    if (does.starts_with("accept")) return Fate::kPasses;
    if (does.starts_with("drop") || does.starts_with("reject")) return Fate::kEnds;
    if (does.starts_with("return")) return Fate::kGoesOn;
    if (does.starts_with("goto ")) return fate_in(chains, word_behind(does, "goto "), seen);
    if (!does.starts_with("jump ")) continue;
    if (const Fate fate = fate_in(chains, word_behind(does, "jump "), seen); fate != Fate::kGoesOn)
      return fate;
  }
  return Fate::kGoesOn;
}

bool drops(const Chains& chains, std::string_view name) {
  std::set<std::string_view> seen;
  return chains.at(name).drops && fate_in(chains, name, seen) != Fate::kPasses;
}

// Docker 20.10 asks DOCKER-USER in IPv4 alone, and its own rules only about its own bridges.
std::optional<std::string> remedy_for(const std::string& table, std::string_view chain,
                                      const Chains& chains) {
  if (!chains.contains("DOCKER") || chain != "FORWARD") return std::nullopt;
  return fmt::format("`{} {} -j ACCEPT`", table.starts_with("ip6 ") ? "ip6tables" : "iptables",
                     chains.contains("DOCKER-USER") ? "-I DOCKER-USER" : "-A FORWARD");
}

std::string in_short(const std::vector<std::string>& all) {
  const auto named = std::span(all).first(std::min(all.size(), kMostNamed));
  const std::vector<std::string> first(named.begin(), named.end());
  return join(first, ", ") +
         (all.size() > kMostNamed ? fmt::format(", and {} more", all.size() - kMostNamed) : "");
}

}   // namespace

OtherRules read_other_rules(const std::vector<OtherTable>& tables) {
  OtherRules rules;
  for (const OtherTable& table : tables) {
    const Chains chains = chains_of(table.text);
    for (const std::string_view name : std::views::keys(chains)) {
      if (!drops(chains, name)) continue;
      rules.dropping.push_back(fmt::format("{} of {}", name, table.name));
      if (auto remedy = remedy_for(table.name, name, chains)) rules.remedies.push_back(std::move(*remedy));
    }
    std::string_view chain;
    for (const std::string_view margined : split(table.text, '\n')) {
      const std::string_view line = without_margin(margined);
      if (line.starts_with("chain ")) chain = word_behind(line, "chain ");
      if (const auto published = published_by(line))
        rules.published.push_back(fmt::format("{} ({}, {})", *published, table.name, chain));
    }
  }
  return rules;
}

std::vector<std::string> unnamed_devices(const Document& document, const Observed& observed) {
  std::vector<std::string> names;
  const auto is_named = [&](const std::string& name) {
    return std::ranges::find(document.interfaces, name, &Interface::name) != document.interfaces.end();
  };
  const auto is_global = [](const ObservedAddress& own) {
    return !own.address.address.is_loopback() && !own.address.address.is_link_local();
  };
  for (const auto& [name, link] : observed.links)
    if (link.kind.empty() && link.up && !is_named(name) && std::ranges::any_of(link.addresses, is_global))
      names.push_back(name);
  return names;
}

ProbeRow judge_other_rules(const OtherRules& rules, const std::vector<std::string>& unnamed, bool netfilter) {
  ProbeRow row{"rules of others", ProbeState::kGood, "no other rules publish ports", "", "", ""};
  if (!rules.published.empty()) {
    row.finding = fmt::format("others publish {}", in_short(rules.published));
    row.reason = "by interfaces of the document they are reached as its policies and forwards say";
    row.remedy = "to open one, name the bridge as an interface of a zone, and add a forward";
  }
  if (!rules.published.empty() && !unnamed.empty()) {
    row.state = ProbeState::kWarning;
    row.reason = fmt::format(
        "whoever comes in by {}, which the document does not name, reaches them past all policies",
        in_short(unnamed));
    row.remedy = fmt::format("add {} to the interfaces", in_short(unnamed));
    row.gain = "policies say who reaches published ports";
  }
  if (netfilter && !rules.dropping.empty()) {
    row.state = ProbeState::kBad;
    row.reason = fmt::format("chain {} drops what it does not know, also what sluice has let through",
                             in_short(rules.dropping));
    row.remedy = fmt::format("{}, or the eBPF engine", rules.remedies.size() == rules.dropping.size()
                                                           ? join(rules.remedies, " and ")
                                                           : "another policy of that chain");
    row.gain = "what policies accept passes";
  }
  return row;
}

}   // namespace sluice
