// SPDX-License-Identifier: GPL-2.0-or-later
// What the tests of ports share: hosts behind the inside router, masquerades by their keys, time and sockets.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bpf_test.hpp"
#include "events.hpp"
#include "wipe.hpp"

namespace sluice::test {

class PortsTest : public HookTest {
 protected:
  ~PortsTest() override;
  // Host number n of those behind the inside router.
  static std::string host(uint32_t n) { return fmt::format("10.64.{}.{}", n / 250, 1 + n % 250); }

  Outcome udp(const std::string& from, uint16_t port, const char* to = kFar);
  // As udp(), and the answer: what was answered once may be answered again.
  uint16_t answered(const std::string& from, uint16_t port);

  // A masquerade with these keys; without and with flows and mappings forgotten.
  void apply_rules(const std::string& masquerade, const std::string& forwards);
  void use_rules(const std::string& masquerade, const std::string& forwards);
  void use_ports(const std::string& masquerade) { use_rules(masquerade, ""); }

  // As if a port had to rest so long.
  void rest_for(uint32_t jiffies);
  void wait_for_jiffies(uint32_t count) const;
  void end_all();
  // The flow of this inside host, who has one.
  void end_flow_of(const std::string& from);

  std::set<uint16_t> outside_ports();
  std::vector<uint64_t> searches() { return lab.engine().tables().value().port_searches; }
  uint32_t resting() { return lab.engine().tables().value().resting_ports; }
  void set_all_used_bits();

 private:
  std::optional<uint32_t> rest_;
};

}   // namespace sluice::test
