// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/relay.hpp"

#include <fmt/format.h>

#include "model/network.hpp"

namespace sluice {

std::string way_name(std::string_view relay) { return fmt::format("reachability {}", relay); }

std::string relay_target_name(std::string_view relay) { return fmt::format("relay:{}", relay); }

std::string relay_forward_name(std::string_view client) { return fmt::format("relay:{}", client); }

IpAddress relay_address(const Prefix& subnet) { return gateway_address(subnet); }

std::vector<Prefix> addresses_of(const RelayClient& client) {
  std::vector<Prefix> own;
  for (const auto& address : {client.address, client.address6})
    if (address) own.push_back(Prefix::of_host(*address));
  return own;
}

}   // namespace sluice
