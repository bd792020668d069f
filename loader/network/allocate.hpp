// SPDX-License-Identifier: GPL-2.0-or-later
// What networks and endpoints are given where the document does not say it: names of devices, VCIDs, ports,
// subnets, tables, addresses. It is kept for ever, and stays free for a while when its owner is gone. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/allotment.hpp"
#include "model/document.hpp"

namespace sluice {

// What the machine has already.
struct TakenNetwork {
  Prefix prefix;
  std::string by;   // "eth0 has 10.0.2.15/24"
  // A route that somebody laid. It can come when a subnet is in use for long: no network loses what it has by
  // it.
  bool is_route = false;
};

// Fills in what the document's networks leave out, and answers all that is allotted then. `now`: seconds
// since 1970. Failure (kInvalidDocument): every conflict, with the names and lines of both sides, and every
// pool that is empty.
Result<Allotments> allocate(Document& document, const Allotments& known,
                            const std::vector<TakenNetwork>& taken, int64_t now);

}   // namespace sluice
