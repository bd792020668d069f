// SPDX-License-Identifier: GPL-2.0-or-later
// How a deterministic masquerade shares the ports of its pool out among inside hosts (RFC 7422 section 2).
#pragma once

#include <string>
#include <vector>

#include "model/document.hpp"

namespace sluice {

struct PortBlocks {
  uint64_t hosts = 0;               // addresses of the inside prefix; saturates
  uint64_t addresses = 0;           // of the pool, in the prefix's family; saturates
  uint64_t hosts_per_address = 0;   // who share one outside address; 0: the pool is empty
  uint32_t most = 0;                // ports that each of them can have
  uint32_t ports_per_host = 0;      // as the document says, otherwise `most`

  bool fit() const { return 0 < ports_per_host && ports_per_host <= most; }
};

// Only for masquerades that are deterministic.
PortBlocks port_blocks(const Masquerade& masquerade);

// Which inside host had an outside address and port: with deterministic masquerades the document says it,
// so that no log is needed (RFC 7422 section 5).
struct BlockOwner {
  std::string masquerade;
  IpAddress inside;
  PortRange ports;   // all that are the host's on that address
};

// Each deterministic masquerade that gives the address and port; usually one. The port may be a query id.
std::vector<BlockOwner> owners_of(const Document& document, const IpAddress& outside, uint16_t port);

}   // namespace sluice
