// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/bridge_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "kernel/sysctl/sysctl.hpp"

namespace sluice {
namespace {

constexpr const char* kTables[] = {"iptables", "ip6tables"};

bool leads_behind(const ObservedLink& bridge, const Document& document) {
  return std::ranges::any_of(document.forwards, [&](const Forward& forward) {
    return std::ranges::any_of(bridge.addresses, [&](const ObservedAddress& own) {
      return Prefix::of(own.address).contains(forward.to);
    });
  });
}

}   // namespace

std::vector<std::string> sysctls_that_show_frames() {
  std::vector<std::string> showing;
  for (const char* table : kTables) {
    const auto value = read_sysctl(fmt::format("net/bridge/bridge-nf-call-{}", table));
    if (value && *value && **value != "0")
      showing.push_back(fmt::format("net.bridge.bridge-nf-call-{}", table));
  }
  return showing;
}

std::optional<ProbeRow> judge_bridge_rules(const Document& document, const Observed& observed,
                                           const std::vector<std::string>& showing) {
  std::vector<std::string> bridges;
  for (const Interface& interface : document.interfaces)
    if (const auto link = observed.links.find(interface.name);
        link != observed.links.end() && link->second.kind == "bridge" && leads_behind(link->second, document))
      bridges.push_back(interface.name);
  if (bridges.empty() || showing.empty()) return std::nullopt;
  return ProbeRow{
      "bridge frames",
      ProbeState::kWarning,
      fmt::format("a host behind {} that calls a forward which leads to itself gets no answer",
                  join(bridges, ", ")),
      fmt::format(
          "{} is not 0: the kernel carries the translated packet as a frame, and no bridge sends it back",
          join(showing, " and ")),
      fmt::format("`sysctl -w {}=0`, if nothing else on this machine needs it (docker and kubernetes do), or "
                  "\"engine\": \"ebpf\"",
                  join(showing, "=0 ")),
      "hosts reach their own services by their outside address"};
}

}   // namespace sluice
