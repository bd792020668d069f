// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/titles.hpp"

#include <fmt/format.h>

namespace sluice {

std::string title_of(const Network& network) {
  return fmt::format("network \"{}\" (line {})", network.name, network.line);
}

std::string title_of(const Network& network, const NetworkEndpoint& endpoint) {
  return fmt::format("endpoint \"{}\" (line {}) of network \"{}\"", endpoint.name, endpoint.line,
                     network.name);
}

}   // namespace sluice
