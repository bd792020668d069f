// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/state.hpp"

#include "kernel/conntrack/entry.hpp"

namespace sluice {

std::string to_string(const FlowState& flow) {
  ConntrackEntry entry;
  const FlowDirection& d = flow.original;
  entry.protocol = flow.protocol;
  entry.original = {d.source, d.destination, d.source_port, d.destination_port};
  return to_string(entry);
}

}   // namespace sluice
