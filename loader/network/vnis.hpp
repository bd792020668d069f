// SPDX-License-Identifier: GPL-2.0-or-later
// VNIs of l2-mesh networks, which no two networks and no VXLAN of the document share. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/document.hpp"

namespace sluice {

struct KnownVnis {
  std::map<std::string, uint32_t> of;           // what a network was given before, by its name
  std::map<std::string, uint32_t> given_back;   // what one had that comes back: its own if it is free still
  std::set<uint32_t> resting;                   // lately, and taken only where nothing else is left
};

// Networks that say no `vni` keep theirs, or get the first multiple of 4096 behind which so many VNIs are
// free: whatever VLANs they have later, no two of them meet. Every conflict is answered, in a sentence.
std::vector<std::string> give_vnis(Document& document, const KnownVnis& known);

}   // namespace sluice
