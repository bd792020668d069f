// SPDX-License-Identifier: GPL-2.0-or-later
// Services that are led to other backends in the rules that are in force. The new block of rows is written
// where no forward leads to, and then the forwards are: a packet sees the old block or the new one, each
// whole.
#pragma once

#include <map>
#include <memory>

#include "compile/common/service_blocks.hpp"
#include "engine/ebpf/room.hpp"
#include "engine/ebpf/tables.hpp"
#include "plan/step.hpp"

namespace sluice {

class LiveServices {
 public:
  // What is in force now, whoever put it there; `rules` say which forwards there are. Needs CAP_SYS_ADMIN.
  static Result<LiveServices> open(const Pins& pins, const Tables& tables, const NumberedRules& rules);

  // Failure before anything was changed, or the digest of the rules in force is 0: they are to be put in
  // force anew.
  Result<> lead(Tables& tables, const step::LeadService& step);
  // No packet sees any more what forwards led to before.
  Result<> await_packets();

  uint32_t room() const { return room_.largest(); }   // rows in one piece
  // Of the services that were led elsewhere.
  ServiceBlocks changed() const;

 private:
  using Forwards = BpfMap<sl_forward_key, sl_forward>;
  using Backends = BpfMap<uint32_t, sl_backend_row>;

  LiveServices(UniqueFd outer, uint32_t slot, Forwards forwards, Backends backends)
      : outer_(std::move(outer)),
        slot_(slot),
        forwards_(std::move(forwards)),
        backends_(std::move(backends)) {}
  Result<> read(const NumberedRules& rules);
  Result<> refuse_others(const Tables& tables, const ServiceInFamily& service,
                         const step::LeadService& step) const;
  Result<uint32_t> place(const std::vector<sl_backend_row>& rows);
  Result<> switch_over(const ServiceInFamily& service, const ServiceBlock& block, uint32_t first);

  UniqueFd outer_;   // the two generations of backends
  uint32_t slot_;    // the one in force
  Forwards forwards_;
  Backends backends_;
  std::map<ServiceInFamily, Rows<sl_forward_key, sl_forward>> rows_;   // as they are
  std::map<ServiceInFamily, std::shared_ptr<const ServiceBlock>> changed_;
  Room room_{0, {}};
};

}   // namespace sluice
