// SPDX-License-Identifier: GPL-2.0-or-later
// What pods are given: an address, the name of a device, the number of a queue, and a port outside for each
// service that is published; and all of them the table of their VRF. As that of networks it is kept for ever,
// and rests for a while when its owner is gone. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/allotment.hpp"
#include "model/document.hpp"
#include "network/allocate.hpp"

namespace sluice {

// What is taken already, beside what the document says.
struct PodSurroundings {
  std::vector<TakenNetwork> networks;   // those of the machine and of the document
  std::set<uint16_t> sockets;           // ports that something on the gateway listens on
};

// The name of the pod whose an allotment is; empty: all pods have it together. Nothing: it is a network's.
std::optional<std::string_view> pod_of(const AllotmentKey& key);

// Fills in what the pods lack, and answers all that is allotted to them then. `now`: seconds since 1970.
// Failure (kInvalidDocument): every pool that is empty, and every port that a forward has as well.
Result<Allotments> allocate_pods(Document& document, const Allotments& known, const PodSurroundings& around,
                                 int64_t now);

}   // namespace sluice
