// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/client_bridge.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "network/l2_ports.hpp"

namespace sluice {
namespace {

// "100", "{100..110}": words of a list of the shell.
std::string words_of(const std::vector<uint16_t>& vlans) {
  std::vector<std::string> words;
  const std::string text = vlans_text(vlans);   // whose parts are views of it
  for (const std::string_view range : split(text, ',')) {
    const size_t dash = range.find('-');
    words.push_back(dash == std::string_view::npos
                        ? std::string(range)
                        : fmt::format("{{{}..{}}}", range.substr(0, dash), range.substr(dash + 1)));
  }
  return join(words, " ");
}

class BridgeLines {
 public:
  BridgeLines(const Network& network, const NetworkEndpoint& endpoint)
      : network_(network),
        bridge_(network.bridge),
        ends_(fmt::format("local {} remote {}", endpoint.address->to_string(),
                          gateway_addresses(network).front().to_string())),
        port_(vxlan_port(network, endpoint)),
        ports_(tunnel_ports(network, endpoint)) {}

  std::vector<std::string> run() {
    say();
    network_.vlans.size() > 1 && network_.type == NetworkType::kL2Mesh ? add_vlans() : add_sole_port();
    up(fmt::format("ip link set {} up", bridge_));
    down(fmt::format("ip link del {}", bridge_));
    lines_.insert(lines_.end(), downs_.begin(), downs_.end());
    return std::move(lines_);
  }

 private:
  void up(std::string_view command) { lines_.push_back(fmt::format("PostUp = {}", command)); }
  void down(std::string_view command) { downs_.push_back(fmt::format("PostDown = {}", command)); }

  void say() {
    lines_.push_back(fmt::format(
        "# The LAN is the bridge {}. Frames of {} bytes pass; a packet of more than {} bytes goes", bridge_,
        kFrameMtu, whole_packet(network_, network_.mtu.value_or(kFrameMtu))));
    lines_.emplace_back("# through the tunnel in fragments.");
    if (network_.vlans.empty()) return;
    const bool is_one = network_.vlans.size() == 1;
    const bool is_tagged = network_.type == NetworkType::kL2PointToPoint || !is_one;
    lines_.push_back(fmt::format("# VLAN{} {}, {}.", is_one ? "" : "s", vlans_text(network_.vlans),
                                 is_tagged ? "with their tags" : "without a tag"));
  }

  void add_sole_port() {
    const TunnelPort& port = ports_.front();
    up(fmt::format("ip link add {} type bridge", bridge_));
    // Frames may be longer than what fits, and are sent in fragments: also packets that must not be any.
    up(port.vni ? vxlan(port.device, fmt::to_string(port.vni))
                : fmt::format("ip link add {} mtu {} type gretap {} nopmtudisc ignore-df", port.device,
                              kFrameMtu, ends_));
    up(fmt::format("ip link set {} master {} up", port.device, bridge_));
    down(fmt::format("ip link del {}", port.device));
  }

  // With one source port they are one flow at the gateway, as what it sends is.
  std::string vxlan(std::string_view device, std::string_view vni) const {
    return fmt::format("ip link add {} mtu {} type vxlan id {} {} srcport {} {} dstport {}", device,
                       kFrameMtu, vni, ends_, port_, port_ + 1, port_);
  }

  // A thousand VLANs are as many devices, and a few lines.
  void add_vlans() {
    const std::string words = words_of(network_.vlans);
    const std::string vni = fmt::format("$(({} + vlan))", *network_.vni);
    const std::string device =
        fmt::format("vx{}{}", vni, ports_.front().device.substr(ports_.front().device.find('-')));
    const auto each = [&](std::string_view command) {
      return fmt::format("for vlan in {}; do {}; done", words, command);
    };
    up(fmt::format("ip link add {} type bridge vlan_filtering 1 vlan_default_pvid 0", bridge_));
    up(each(vxlan(device, vni)));
    up(each(fmt::format("ip link set {} master {} up", device, bridge_)));
    up(each(fmt::format("bridge vlan add dev {} vid $vlan pvid untagged", device)));
    up(each(fmt::format("bridge vlan add dev {} vid $vlan self", bridge_)));
    down(each(fmt::format("ip link del {}", device)));
  }

  const Network& network_;
  const std::string bridge_, ends_;
  const uint16_t port_;
  const std::vector<TunnelPort> ports_;
  std::vector<std::string> lines_, downs_;
};

}   // namespace

std::vector<std::string> bridge_lines(const Network& network, const NetworkEndpoint& endpoint) {
  return BridgeLines(network, endpoint).run();
}

}   // namespace sluice
