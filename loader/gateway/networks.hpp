// SPDX-License-Identifier: GPL-2.0-or-later
// From a document with networks to one that says what they mean on this machine: with what is allotted, with
// their keys, and with the devices, policies and NAT that they imply.
#pragma once

#include <chrono>

#include "gateway/key_files.hpp"
#include "gateway/routers.hpp"
#include "model/allotment.hpp"
#include "model/document.hpp"
#include "model/observed.hpp"
#include "network/allocate.hpp"
#include "network/expand.hpp"

namespace sluice {

struct SettledNetworks {
  Document document;
  Allotments allotments;
  std::vector<std::string> degraded;      // what cannot be had now, in sentences
  std::vector<std::string> shared_keys;   // gateway/shared_keys.hpp
};

// Whose key is that of the relay's tunnel.
Network hub_of(const Relay& relay);

// What addresses of the document's interfaces and pods lie in, and those of other devices of the machine;
// without the links of pods and containers.
std::vector<TakenNetwork> addresses_of_document(const Document& document);
std::vector<TakenNetwork> addresses_of_machine(const Document& document, const Observed& seen);

// By what observe_ways_out() sees.
WayOut find_way_out(const Document& document, const Observed& seen);

// Of the machine it looks at ways out and tunnels. Nothing is kept with `keep` false: keys that are not there
// yet are not made. Without `keys` none is read, and endpoints whose pair the gateway keeps are no peers.
// Failure: as allocate(), or a key file.
Result<SettledNetworks> settle_networks(Document declared, const Allotments& known, const KeyFiles* keys,
                                        const Observed& seen, const Announcements& announced,
                                        std::chrono::system_clock::time_point now, bool keep);

}   // namespace sluice
