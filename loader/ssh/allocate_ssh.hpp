// SPDX-License-Identifier: GPL-2.0-or-later
// What users of SSH are given: an outside port for each box. As what networks are given it is kept for ever,
// and rests for a while when its owner is gone. Pure.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "model/allotment.hpp"
#include "model/document.hpp"

namespace sluice {

inline bool is_of_ssh(const AllotmentKey& key) { return key.network == kSshOwner; }

// Gives each box its port, and answers all that is allotted then. `now`: seconds since 1970. Failure
// (kInvalidDocument): a port that the document gives to somebody else, and no port that is left.
Result<Allotments> allocate_ssh(Document& document, const Allotments& known, int64_t now);

}   // namespace sluice
