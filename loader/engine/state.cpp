// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/state.hpp"

#include "kernel/conntrack/entry.hpp"

namespace sluice {

FlowKey key_of(const FlowState& flow) {
  const FlowDirection& way = flow.original;
  return {flow.protocol, flow.vrf_in, way.source_port, way.destination_port, way.source, way.destination};
}

std::string to_string(const FlowState& flow) { return to_string(key_of(flow)); }

std::string to_string(const FlowKey& flow) {
  ConntrackEntry entry;
  entry.protocol = flow.protocol;
  entry.original = {flow.source, flow.destination, flow.source_port, flow.destination_port};
  return to_string(entry);
}

}   // namespace sluice
