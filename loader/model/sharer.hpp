// SPDX-License-Identifier: GPL-2.0-or-later
// Who has which class of an interface (model/queues.hpp).
#pragma once

#include <cstdint>

#include "model/document.hpp"

namespace sluice {

// Neither: all that have no share of their own.
struct Sharer {
  const Pod* pod = nullptr;
  const Vrf* vrf = nullptr;
};

// `number`: of the class at this interface. What goes to a pod or a VRF by its own interface has none there.
Sharer sharer_of(const Document& document, const Interface& interface, uint16_t number);

}   // namespace sluice
