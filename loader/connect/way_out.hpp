// SPDX-License-Identifier: GPL-2.0-or-later
// By which device, and from which of its addresses, what a tunnel sends leaves this machine just now.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "model/address.hpp"

namespace sluice {

struct LaptopWay {
  std::string device;
  uint32_t index = 0;
  std::optional<IpAddress> local, local6;
  bool operator==(const LaptopWay&) const = default;
};

// `mark`: of the tunnel's packets, which go by other routes than what is in it. Nothing: no route leads
// there.
Result<std::optional<LaptopWay>> find_way_out(const IpAddress& to, uint32_t mark);

}   // namespace sluice
