// SPDX-License-Identifier: GPL-2.0-or-later
// What this gateway knows that nobody else may.
#pragma once

#include "bundle/scrubber.hpp"
#include "gateway/gateway.hpp"

namespace sluice {

// Knows what is in the folders of keys and of the front, and in the files that the documents name: keys of
// WireGuard, of TSIG and of certificates, tokens, accounts. What cannot be read is not known.
Scrubber scrubber_of(Gateway& gateway, const std::vector<Revision>& revisions);

}   // namespace sluice
