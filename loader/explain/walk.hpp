// SPDX-License-Identifier: GPL-2.0-or-later
// One packet on its way, where no program can be asked: the kernel is asked where routes lead, and the rules'
// judge (compile/common/judge.hpp) all else. In the order of bpf/policy/judge.h. Private to explain/.
#pragma once

#include <netinet/in.h>

#include "compile/common/judge.hpp"
#include "explain/explain.hpp"
#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"

namespace sluice::detail {

// A drop reason; SL_DROP_NONE: it goes on. An error: the kernel could not be asked.
using Passed = Result<uint8_t>;

class Walk {
 public:
  Walk(const World& world, Routes& routes, const Question& question)
      : world_(world), routes_(routes), question_(question), judge_(world.document, world.rules) {}

  Result<sl_explained> take();

 private:
  struct Tuple {
    Endpoint source, destination;
    uint16_t vrf = 0;
  };

  // The stages in their order.
  Passed enter();
  Passed admit();
  Passed look_up_flow();
  Passed judge_source();
  Passed judge_multicast();
  Passed find_way();
  Passed judge_hidden();
  Passed judge_policy();
  Passed translate_source();
  Passed leave_tunnels_alone();
  Passed meet_flows();

  // walk_admit.cpp
  void follow(const FlowState& flow, bool reply);
  bool is_dhcp_answer() const;
  Result<const sl_interface*> way_back(const IpAddress& source);

  // walk_destination.cpp
  Passed look_in_view();
  Passed translate_destination();
  Result<> translate_to_mapping();
  const MappingState* asked_mapping() const;
  Result<> find_outside();
  Passed judge_local(const sl_local& local);
  Passed find_route();
  Passed filter();
  bool has_sent_to() const;

  // walk_policy.cpp
  Passed judge_by(const Decision& decision);
  bool is_hairpin() const;
  Passed by_static_source(const sl_static& mapping);
  Passed by_masquerade(const sl_masquerade& masquerade);
  Passed take_outside_address(const sl_masquerade& masquerade);
  Passed claim(const sl_masquerade& masquerade, const IpAddress& outside);
  const sl_masquerade* by_own_address();
  Passed take_block(const sl_masquerade& masquerade);
  const MappingState* own_mapping(const sl_masquerade& masquerade) const;

  void end(sl_verdict verdict);
  void leave_from(const IpAddress& source, uint16_t port);   // 0: chosen when a packet comes
  FirstPacket packet() const { return {question_.protocol, in_.source, in_.destination, zone_in_, in_.vrf}; }
  Family family() const { return in_.source.address.family(); }
  bool is_on_link_only() const;

  const World& world_;
  Routes& routes_;
  const Question& question_;
  const Judge judge_;
  const RuleTables& tables_ = judge_.tables();
  sl_explained told_{};
  bool ended_ = false;

  // As struct judgement (bpf/base/scratch.h) has them.
  const sl_interface* device_ = nullptr;
  uint32_t ifindex_in_ = 0, ifindex_out_ = 0, outside_ifindex_ = 0;
  Tuple in_, out_;
  uint16_t view_ = 0, zone_in_ = 0, zone_out_ = 0, outside_zone_ = 0;
  std::optional<uint16_t> through_;
  bool to_host_ = false, new_destination_ = false, to_mapping_ = false;
  bool admitted_ = false, hairpin_ = false, is_multicast_ = false;
  std::optional<Endpoint> source_out_;   // port 0: not known yet
};

}   // namespace sluice::detail
