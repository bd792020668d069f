// SPDX-License-Identifier: GPL-2.0-or-later
// Where metrics are told by TCP. Plain values.
#pragma once

#include <string>

#include "model/address.hpp"

namespace sluice {

struct MetricsListen {
  Endpoint listen;          // in the main VRF
  std::string token_file;   // relative to the state folder, or absolute; empty: whoever gets there is told
  int line = 0;
  bool operator==(const MetricsListen&) const = default;
};

}   // namespace sluice
