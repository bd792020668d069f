// SPDX-License-Identifier: GPL-2.0-or-later
// What clients of a relay are given: a port outside and addresses in the tunnel; and the relay the name of a
// device. As what networks are given it is kept for ever, and rests for a while when its owner is gone. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "model/allotment.hpp"
#include "model/document.hpp"
#include "network/allocate.hpp"

namespace sluice {

inline bool is_of_relay(const AllotmentKey& key) { return key.network == kRelayOwner; }

// Fills in what the relay's clients lack, and answers all that is allotted to them then. `taken`: networks of
// the machine and of the document. `now`: seconds since 1970. Failure (kInvalidDocument): a subnet that
// somebody else has, a port or an address that another client was given, and a pool that is empty.
Result<Allotments> allocate_relay(Document& document, const Allotments& known,
                                  const std::vector<TakenNetwork>& taken, int64_t now);

}   // namespace sluice
