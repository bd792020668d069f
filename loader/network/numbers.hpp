// SPDX-License-Identifier: GPL-2.0-or-later
// The numbers that each network has for itself, and where they come from.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/document.hpp"

namespace sluice {

struct NumberKind {
  std::string_view what, called;   // "vcid", "VCID"
  uint32_t first, last;
  std::function<std::optional<uint32_t>(const Network&)> get;
  std::function<void(Network&, uint32_t)> put;
  std::function<uint32_t(const Network&)> start;   // of the search
};

// VCIDs, ports and tables.
std::vector<NumberKind> number_kinds(const WireguardSettings& settings);

// Of `wireguard.ports`, those that forwards take from tunnels, each with whose it is.
std::map<uint32_t, std::string> ports_of_forwards(const Document& document);

}   // namespace sluice
