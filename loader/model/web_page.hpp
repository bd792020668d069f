// SPDX-License-Identifier: GPL-2.0-or-later
// The page for browsers. Plain values.
#pragma once

#include <string>

#include "model/address.hpp"

namespace sluice {

struct WebPage {
  Endpoint listen;              // in the main VRF
  std::string token_file;       // relative to the state folder, or absolute
  bool rolls_back = false;      // who has the token may go back to another revision, and confirm one
  bool tells_configs = false;   // and have configurations of clients, with their private keys
  int line = 0;
  bool operator==(const WebPage&) const = default;
};

}   // namespace sluice
