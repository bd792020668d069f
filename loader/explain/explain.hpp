// SPDX-License-Identifier: GPL-2.0-or-later
// What would become of a packet, stage by stage as it goes, without sending one. Where programs carry the
// traffic they are asked (bpf/explain.bpf.c); elsewhere judge() asks the rows that both engines are made
// from, and the kernel's routes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compile/common/rule_tables.hpp"
#include "engine/state.hpp"
#include "explain/question.hpp"
#include "maps/explained.h"

namespace sluice {

struct Way {
  uint32_t ifindex = 0;
  std::optional<IpAddress> next_hop;   // none: the destination itself
  uint32_t mtu = 0;                    // of the route; 0: the device's
};

struct RouteAnswer {
  std::optional<Way> way;
  bool has_no_answer = false;   // no route, or one that throws: the document may leave it to another VRF
};

// The routing table of a VRF.
class Routes {
 public:
  virtual ~Routes() = default;
  virtual Result<RouteAnswer> find(uint16_t vrf, const IpAddress& destination) = 0;
};

// What is in force, and what goes on.
struct World {
  const Document& document;
  const Observed& observed;
  const NumberedRules& rules;   // that the document means on this machine
  bool has_mappings = true;     // the engine lets mappings of masquerades be asked for from outside
  bool keeps_ports = true;      // of a source that is not translated, between VRFs too
  // For judge() alone.
  std::vector<FlowState> flows;
  std::vector<MappingState> mappings;
};

enum class Verdict : uint8_t { kForwarded, kToHost, kDropped, kRejected };
std::string_view to_string(Verdict verdict);   // "forwarded", "to host", "dropped", "rejected"

struct Stage {
  std::string name, rule, finding;   // rule: whose name decided; empty: none
};

struct Explanation {
  Verdict verdict = Verdict::kDropped;
  uint8_t reason = 0;   // enum sl_drop_reason; 0: it passes
  std::vector<Stage> stages;
  bool is_known_flow = false;
  uint8_t protocol = 0;
  std::string interface_in, interface_out;   // empty: none, or the gateway itself
  std::string from_zone, to_zone, from_vrf, to_vrf;
  std::string from_endpoint, to_endpoint;    // of networks, "home/phone"; empty: none
  Endpoint source, destination;              // as the packet comes
  Endpoint new_destination;                  // as it leaves
  std::optional<IpAddress> new_source;       // none: known when a packet comes
  std::optional<uint16_t> new_source_port;   // none: chosen when a packet comes
  std::optional<IpAddress> next_hop;
  uint32_t mtu = 0;
  std::string policy, nat;   // names; a forward that admits stands for the policy
  std::vector<std::string> limits;
};

// The packet of the question, with an Ethernet header to whoever takes it.
std::vector<uint8_t> packet_of(const Question& question);

// Without programs: the same questions as theirs.
Result<sl_explained> judge(const World& world, Routes& routes, const Question& question);

// What was found out, in words. Limits are those of `judged`, or where that has none those of the document.
Explanation tell(const World& world, const Question& question, const sl_explained& judged);

}   // namespace sluice
