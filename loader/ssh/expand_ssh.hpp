// SPDX-License-Identifier: GPL-2.0-or-later
// What users of SSH mean as forwards, a policy, routes and a limit. Pure.
#pragma once

#include <string>
#include <vector>

#include "model/document.hpp"
#include "network/expand.hpp"

namespace sluice {

// Where a box is.
struct PlaceOfBox {
  std::string vrf;                  // empty: the main one
  std::vector<std::string> zones;   // one, or where no interface of the document is known to lead there: all
                                    // of the main VRF
};

// By the addresses of interfaces and what is behind them, networks expanded. An address that lies in several
// places is in the one with the longest prefix.
PlaceOfBox place_of_box(const Document& document, const IpAddress& box);

// Boxes have their ports (ssh/allocate_ssh.hpp), and networks and pods are expanded. What cannot be had now
// is answered, in sentences.
std::vector<std::string> expand_ssh(Document& document, const WayOut& way);

}   // namespace sluice
