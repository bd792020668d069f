// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/nft/mac_limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "kernel/nft/nft.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr int kRememberedSeconds = 300;   // as a bridge remembers where an address is (IEEE 802.1D)
constexpr int kBeforeOthers = -300;
constexpr const char* kPorts = "ports";
constexpr const char* kFrames = "frames";
// Frames to 01:80:c2:00:00:0x never pass a bridge, but it learns who sent them. Only LLDP (0e) is shown to
// nobody.
constexpr const char* kLinkControl = "link_control";
constexpr std::string_view kMacs = "macs_", kDrops = "drops_", kFrom = "from_";

std::string named_after(std::string_view what, const std::string& device) {
  return fmt::format("{}{}", what, device);
}

// What is to be done, one after the other, in nft's own language: its JSON knows no sets that fill
// themselves. Names of devices are the network's, of letters, digits and dashes (network/l2_ports.hpp).
class Commands {
 public:
  template <class... Values>
  void say(fmt::format_string<Values...> command, Values&&... values) {
    text_ += fmt::format(command, std::forward<Values>(values)...);
    text_ += '\n';
  }
  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

void add_hook(Commands& commands, const char* chain, const char* hook) {
  commands.say("add chain bridge sluice {} {{ type filter hook {} priority {}; policy accept; }}", chain,
               hook, kBeforeOthers);
}

void add_table(Commands& commands) {
  commands.say("add table bridge sluice");
  commands.say("delete table bridge sluice");
  commands.say("add table bridge sluice");
  commands.say("add map bridge sluice {} {{ type ifname : verdict; }}", kPorts);
  add_hook(commands, kFrames, "prerouting");
  add_hook(commands, kLinkControl, "input");
  commands.say("add rule bridge sluice {} iifname vmap @{}", kFrames, kPorts);
  commands.say("add rule bridge sluice {} ether daddr 01:80:c2:00:00:00-01:80:c2:00:00:0f iifname vmap @{}",
               kLinkControl, kPorts);
}

// The element of a set that is full is not there afterwards, and the rule ends: the next one drops.
void add_port(Commands& commands, const std::string& device, uint32_t most) {
  commands.say(
      "add set bridge sluice {}{} {{ type ether_addr; size {}; flags timeout, dynamic; timeout {}s; }}",
      kMacs, device, most, kRememberedSeconds);
  commands.say("add counter bridge sluice {}{}", kDrops, device);
  commands.say("add chain bridge sluice {}{}", kFrom, device);
  commands.say("add rule bridge sluice {0}{1} update @{2}{1} {{ ether saddr }} accept", kFrom, device, kMacs);
  commands.say("add rule bridge sluice {0}{1} counter name {2}{1} drop", kFrom, device, kDrops);
  commands.say("add element bridge sluice {0} {{ \"{1}\" : jump {2}{1} }}", kPorts, device, kFrom);
}

void remove_port(Commands& commands, const std::string& device) {
  commands.say("delete element bridge sluice {0} {{ \"{1}\" : jump {2}{1} }}", kPorts, device, kFrom);
  commands.say("flush chain bridge sluice {}{}", kFrom, device);
  commands.say("delete chain bridge sluice {}{}", kFrom, device);
  commands.say("delete set bridge sluice {}{}", kMacs, device);
  commands.say("delete counter bridge sluice {}{}", kDrops, device);
}

bool has(const MacLimits& limits, const std::string& device, uint32_t most) {
  const auto at = limits.find(device);
  return at != limits.end() && at->second == most;
}

// The rest of a name that begins so.
std::optional<std::string> device_in(const json& object, std::string_view what) {
  const auto name = object.value("name", "");
  if (!name.starts_with(what)) return std::nullopt;
  return name.substr(what.size());
}

// What there is of each, by the chain or the port.
struct Parts {
  std::map<std::string, int> rules;
  std::set<std::string> chains, counters, elements;
  MacLimits limits;
  bool has_map = false;

  void note(const std::string& kind, const json& object) {
    if (kind == "rule") ++rules[object.value("chain", "")];
    if (kind == "chain") chains.insert(object.value("name", ""));
    if (kind == "map") has_map = object.value("name", "") == kPorts;
    if (kind == "counter")
      if (auto device = device_in(object, kDrops)) counters.insert(*device);
    if (kind == "set")
      if (auto device = device_in(object, kMacs)) limits[*device] = object.value("size", 0U);
  }

  bool is_whole(const std::string& device) const {
    const std::string chain = named_after(kFrom, device);
    const auto at = rules.find(chain);
    return chains.contains(chain) && at != rules.end() && at->second == 2 && counters.contains(device) &&
           elements.contains(device);
  }

  bool are_whole() const {
    const auto one_rule = [&](const char* chain) {
      const auto at = rules.find(chain);
      return at != rules.end() && at->second == 1;
    };
    return has_map && one_rule(kFrames) && one_rule(kLinkControl) && chains.size() == limits.size() + 2 &&
           elements.size() == limits.size() &&
           std::ranges::all_of(limits, [&](const auto& port) { return is_whole(port.first); });
  }
};

void note_elements(const json& ports, Parts& parts) {
  for (const json& item : ports)
    if (item.contains("map"))
      for (const json& element : item["map"].value("elem", json::array()))
        if (element.is_array() && !element.empty() && element[0].is_string())
          parts.elements.insert(element[0].get<std::string>());
}

}   // namespace

std::string mac_limits_transaction(const ObservedMacLimits& seen, const MacLimits& wanted) {
  static const MacLimits kNone;
  Commands commands;
  const MacLimits& before = seen.intact ? seen.limits : kNone;
  if (wanted.empty()) {
    commands.say("add table bridge sluice");
    commands.say("delete table bridge sluice");
    return std::move(commands).text();
  }
  if (!seen.intact) add_table(commands);
  for (const auto& [device, most] : before)
    if (!has(wanted, device, most)) remove_port(commands, device);
  for (const auto& [device, most] : wanted)
    if (!has(before, device, most)) add_port(commands, device, most);
  return std::move(commands).text();
}

ObservedMacLimits read_mac_limits(const json& table, const json& ports) {
  Parts parts;
  for (const json& item : table)
    for (const auto& [kind, object] : item.items()) parts.note(kind, object);
  note_elements(ports, parts);
  ObservedMacLimits seen{.is_there = true, .intact = parts.are_whole(), .limits = {}, .refused = {}};
  seen.limits = std::move(parts.limits);
  return seen;
}

std::vector<MacDrops> read_mac_drops(const json& counters) {
  std::vector<MacDrops> drops;
  for (const json& item : counters)
    if (item.contains("counter"))
      if (auto device = device_in(item["counter"], kDrops))
        drops.push_back({std::move(*device), item["counter"].value("packets", uint64_t{0}),
                         item["counter"].value("bytes", uint64_t{0})});
  return drops;
}

Result<ObservedMacLimits> observe_mac_limits() {
  const auto table = TRY(nft_list("list table bridge sluice", true));
  if (!table) return ObservedMacLimits{};
  return read_mac_limits(*table, TRY(nft_list("list map bridge sluice ports")).value_or(json::array()));
}

std::string refusal_of_mac_limits() {
  return dry_run(
      "add table bridge sluice; add chain bridge sluice tried { type filter hook prerouting priority -300; "
      "}; "
      "add set bridge sluice tried { type ether_addr; size 1; flags timeout, dynamic; timeout 1s; }");
}

Result<> put_mac_limits(const MacLimits& limits) {
  return nft_apply_text(mac_limits_transaction(TRY(observe_mac_limits()), limits));
}

Result<std::vector<MacDrops>> count_mac_drops() {
  return read_mac_drops(TRY(nft_list("list counters table bridge sluice")).value_or(json::array()));
}

}   // namespace sluice
