// SPDX-License-Identifier: GPL-2.0-or-later
// Which inside host had an outside address and port: with deterministic masquerades the document says it,
// so that no log is needed (RFC 7422 section 5).
#pragma once

#include <string>
#include <vector>

#include "model/document.hpp"

namespace sluice {

struct BlockOwner {
  std::string masquerade;
  IpAddress inside;
  PortRange ports;   // all that are the host's on that address
};

// Each deterministic masquerade that gives the address and port; usually one. The port may be a query id.
std::vector<BlockOwner> owners_of(const Document& document, const IpAddress& outside, uint16_t port);

}   // namespace sluice
