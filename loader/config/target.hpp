// SPDX-License-Identifier: GPL-2.0-or-later
// Where a forward leads: "192.168.10.2:8080", "[2001:db8::2]:9000-9010", "192.168.10.2".
#pragma once

#include <optional>

#include "config/complaints.hpp"
#include "model/address.hpp"

namespace sluice::config {

struct Target {
  IpAddress address;
  std::optional<PortRange> ports;   // none: unchanged
  bool is_range = false;            // more than the first port was written
};

std::optional<Target> read_target(const Node& node, Complaints& complaints);

}   // namespace sluice::config
