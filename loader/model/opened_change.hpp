// SPDX-License-Identifier: GPL-2.0-or-later
// An address that a name has opened for a policy, or that is closed again.
#pragma once

#include <string>

#include "model/address.hpp"

namespace sluice {

struct OpenedChange {
  std::string set;   // model/domains.hpp
  IpAddress address;
  bool opens = true;
  bool operator==(const OpenedChange&) const = default;
};

}   // namespace sluice
