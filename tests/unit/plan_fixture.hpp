// SPDX-License-Identifier: GPL-2.0-or-later
// A machine that was never seen: two devices, everything as a fresh Debian has it.
#pragma once

#include <gtest/gtest.h>

#include "config/config.hpp"
#include "plan/planner.hpp"
#include "plan/rules_ebpf.hpp"

namespace sluice::test {

inline Document parsed(std::string_view text) {
  auto checked = check_document(text, "test.json");
  if (!checked) {
    ADD_FAILURE() << checked.error().front().text;
    return {};
  }
  return std::move(checked->document);
}

inline void add_link(Observed& seen, const std::string& name, uint32_t index,
                     const std::string& kind = "veth") {
  ObservedLink link;
  link.name = name;
  link.index = index;
  link.mtu = 1500;
  link.up = true;
  link.kind = kind;
  link.mac = {2, 0, 0, 0, 0, static_cast<uint8_t>(index)};
  seen.links[name] = link;
  for (const char* family : {"ipv4", "ipv6"})
    seen.sysctls[std::string("net/") + family + "/conf/" + name + "/forwarding"] = "0";
}

inline Observed fresh_machine() {
  Observed seen;
  add_link(seen, "lo", 1, "");
  seen.links["lo"].has_ethernet = false;
  add_link(seen, "wan", 2);
  add_link(seen, "lan", 3);
  for (const char* family : {"ipv4", "ipv6"})
    for (const char* device : {"all", "default"})
      seen.sysctls[std::string("net/") + family + "/conf/" + device + "/forwarding"] = "0";
  seen.sysctls["net/ipv4/ip_forward"] = "0";
  seen.engine.available_build = "b1";
  return seen;
}

// The machine after the steps, as far as the planner looks at it.
inline void carry_out(Observed& seen, const Plan& plan) {
  for (const Step& step : plan.steps) {
    if (const auto* s = std::get_if<step::SetSysctl>(&step)) {
      seen.sysctls[s->path] = s->value;
      const auto all = s->path.find("/all/forwarding");
      if (all == std::string::npos) continue;
      for (auto& [path, value] : seen.sysctls)
        if (path.starts_with(s->path.substr(0, all)) && path.ends_with("/forwarding")) value = s->value;
    } else if (const auto* s = std::get_if<step::LoadPrograms>(&step)) {
      seen.engine.loaded = true;
      seen.engine.build = s->build;
    } else if (const auto* s = std::get_if<step::PutRules>(&step)) {
      seen.engine.rules_digest = s->digest;
      for (const ObjectRow& object : s->rules->objects)
        seen.engine.object_ids[{object.kind, object.name}] = object.number;
      seen.engine.slots.clear();
      for (const auto& [index, row] : s->rules->interfaces) seen.engine.slots[index] = row.slot;
    } else if (const auto* s = std::get_if<step::AttachProgram>(&step)) {
      seen.engine.attachments.insert({s->link, s->hook});
    } else if (const auto* s = std::get_if<step::DetachProgram>(&step)) {
      seen.engine.attachments.erase({s->link, s->hook});
    } else if (const auto* s = std::get_if<step::AddAddress>(&step)) {
      seen.links[s->link].addresses.push_back({s->address, false});
      seen.owned_addresses.insert({s->link, s->address});
    } else if (const auto* s = std::get_if<step::RemoveAddress>(&step)) {
      std::erase_if(seen.links[s->link].addresses,
                    [&](const ObservedAddress& a) { return a.address == s->address; });
      seen.owned_addresses.erase({s->link, s->address});
    } else if (const auto* s = std::get_if<step::SetLinkUp>(&step)) {
      seen.links[s->link].up = true;
    }
  }
}

inline std::vector<std::string> sentences_of(const Plan& plan) {
  std::vector<std::string> list;
  for (const Step& step : plan.steps) list.push_back(sentence(step));
  return list;
}

inline constexpr std::string_view kHome = R"({
  "version": 1,
  "interfaces": {
    "wan": {"zone": "internet", "addresses": ["203.0.113.1/24"]},
    "lan": {"zone": "lan", "addresses": ["192.168.10.1/24", "2001:db8:10::1/64"]}
  },
  "policies": [{"name": "out", "from": "lan", "to": "internet", "action": "accept"}],
  "nat": {
    "masquerade": [{"name": "hide", "from": "lan", "to": "internet"}],
    "static": [{"name": "mail", "outside": "203.0.113.5", "inside": "192.168.10.5"}],
    "forwards": [{"name": "web", "listen": "203.0.113.1", "protocol": "tcp", "ports": "80", "to": "192.168.10.2:8080"}]
  }
})";

}   // namespace sluice::test
