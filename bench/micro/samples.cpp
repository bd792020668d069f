// SPDX-License-Identifier: GPL-2.0-or-later
#include "samples.hpp"

#include <fmt/format.h>

namespace sluice::bench {

namespace {

// One outside address for 50,000 forwards, ports from 10000.
constexpr size_t kPortsPerAddress = 50000;

std::string forward(size_t i) {
  constexpr std::string_view form =
      R"(      {{ "name": "forward-{}", "listen": "203.0.113.{}", "protocol": "tcp", "ports": "{}", "to": "10.{}.{}.{}:8080" }})";
  return fmt::format(form, i, 1 + i / kPortsPerAddress, 10000 + i % kPortsPerAddress, 1 + (i >> 14),
                     (i >> 7) & 127, 1 + (i & 127));
}

std::string policy(size_t i) {
  constexpr std::string_view form =
      R"(    {{ "name": "policy-{}", "from": "internet", "to": "lan", "source": "198.{}.{}.0/24", "protocol": "tcp", "ports": [{}, "{}-{}"], "action": "{}" }})";
  return fmt::format(form, i, 18 + (i >> 8) % 2, i & 255, 1 + i % 1000, 2000 + i % 1000, 3000 + i % 1000,
                     i % 2 ? "accept" : "drop");
}

template <class Rule>
std::string list(size_t count, Rule rule) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += (i ? ",\n" : "\n") + rule(i);
  return text;
}

ObservedLink link(std::string name, uint32_t index, std::string_view address) {
  ObservedLink made{.name = std::move(name), .index = index, .mtu = 1500, .up = true, .kind = "veth"};
  made.mac = {2, 0, 0, 0, 0, static_cast<uint8_t>(index)};
  made.addresses.push_back({.address = *InterfaceAddress::parse(address)});
  return made;
}

}   // namespace

std::string sample_document(const Size& size) {
  return R"({
  "version": 1,
  "interfaces": {
    "eth0": { "zone": "internet" },
    "eth1": { "zone": "lan", "addresses": ["10.0.0.1/8"] }
  },
  "policies": [)" +
         list(size.policies, policy) + R"(
  ],
  "nat": {
    "masquerade": [ { "name": "out", "from": "lan", "to": "internet" } ],
    "forwards": [)" +
         list(size.forwards, forward) + R"(
    ]
  }
}
)";
}

Observed sample_machine() {
  Observed machine;
  machine.links["eth0"] = link("eth0", 2, "203.0.113.1/24");
  machine.links["eth1"] = link("eth1", 3, "192.168.1.1/24");
  for (const char* family : {"ipv4", "ipv6"})
    for (const char* device : {"all", "default", "lo", "eth0", "eth1"})
      machine.sysctls[fmt::format("net/{}/conf/{}/forwarding", family, device)] = "0";
  return machine;
}

}   // namespace sluice::bench
