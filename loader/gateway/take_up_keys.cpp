// SPDX-License-Identifier: GPL-2.0-or-later
// The moment at which a new key of an endpoint is first heard.
#include <algorithm>

#include "gateway/gateway.hpp"
#include "gateway/rotations.hpp"
#include "kernel/wireguard/wireguard.hpp"

namespace sluice {
namespace {

bool is_rotating(const Network& network) {
  return std::ranges::any_of(network.endpoints, [](const auto& one) { return one.rotation.has_value(); });
}

const Tunnel* tunnel_of_device(const Document& document, const std::string& device) {
  const auto at = std::ranges::find(document.interfaces, device, &Interface::name);
  const auto* made = at == document.interfaces.end() ? nullptr : std::get_if<Wireguard>(&at->made);
  return made ? &made->tunnel : nullptr;
}

}   // namespace

bool Gateway::rotating() const {
  return current_ && std::ranges::any_of(current_->document.networks, is_rotating);
}

std::vector<uint16_t> Gateway::rotating_ports() const {
  std::vector<uint16_t> ports;
  if (!current_) return ports;
  for (const Network& network : current_->document.networks)
    if (is_rotating(network) && network.port) ports.push_back(*network.port);
  return ports;
}

// A device that is away is put back by the next look at the machine, and then it has heard nobody.
Result<bool> Gateway::take_up_keys() {
  bool any = false;
  if (!current_) return any;
  for (const Network& network : current_->document.networks) {
    const Tunnel* wanted = tunnel_of_device(current_->document, network.device);
    if (!wanted || !is_rotating(network)) continue;
    const auto seen = TRY(read_tunnel(network.device));
    const TunnelChange change = seen ? take_up_change(network, *wanted, *seen) : TunnelChange{};
    if (change.empty()) continue;
    TRY(change_tunnel(network.device, change));
    any = true;
  }
  return any;
}

}   // namespace sluice
