// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/probe_neighbours.hpp"

#include <fmt/format.h>

namespace sluice {

ProbeRow judge_neighbours(const NeighbourTable& table) {
  const bool four = table.family == Family::kIpv4;
  ProbeRow row{fmt::format("{}-neighbours", four ? "ipv4" : "ipv6"),
               ProbeState::kGood,
               fmt::format("{} of {} neighbours", table.entries, table.most),
               "",
               "",
               ""};
  if (uint64_t{table.entries} * 4 <= uint64_t{table.most} * 3) return row;
  row.state = ProbeState::kWarning;
  row.reason = "a full table has no room for new neighbours: nobody reaches them";
  row.remedy = fmt::format(
      "see by `ip -{} neigh` whether one network is scanned; where so many hosts are there, raise "
      "net.{}.neigh.default.gc_thresh1, gc_thresh2 and gc_thresh3 in the machine's first network namespace",
      four ? 4 : 6, four ? "ipv4" : "ipv6");
  row.gain = "packets to hosts that are not known yet arrive";
  return row;
}

}   // namespace sluice
