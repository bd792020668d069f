// SPDX-License-Identifier: GPL-2.0-or-later
// The protocols and ports that a rule matches.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "config/quote.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

bool has_ports(uint8_t protocol) {
  constexpr uint8_t kWithPorts[] = {6, 17, 132, 136};   // TCP, UDP, SCTP, UDP-Lite
  return std::find(std::begin(kWithPorts), std::end(kWithPorts), protocol) != std::end(kWithPorts);
}

// `protocol` was read from a value that may have been wrong; then nothing more is to be said.
void check_ports_fit(const Node& ports, const Node* protocol, const std::vector<uint8_t>& protocols,
                     Complaints& complaints) {
  constexpr auto kRemedy = R"(name tcp, udp, sctp or udplite in "protocol", and nothing else)";
  if (!protocol) return complaints.say(ports, "ports without a protocol", kRemedy);
  for (const uint8_t number : protocols)
    if (!has_ports(number))
      return complaints.say(ports, fmt::format("{} has no ports", quote(protocol_name(number))), kRemedy);
}

}   // namespace

Service read_service(const Members& members, Draft& draft) {
  Service service;
  const Node* protocol = members.find("protocol");
  if (protocol) service.protocols = read_protocols(*protocol, draft.complaints);
  const Node* ports = members.find("ports");
  if (!ports) return service;
  service.ports = read_ports(*ports, draft.complaints);
  check_ports_fit(*ports, protocol, service.protocols, draft.complaints);
  return service;
}

}   // namespace sluice::config
