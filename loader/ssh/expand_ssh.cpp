// SPDX-License-Identifier: GPL-2.0-or-later
#include "ssh/expand_ssh.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

void add_zone_once(std::vector<std::string>& zones, const std::string& zone) {
  if (std::ranges::find(zones, zone) == zones.end()) zones.push_back(zone);
}

// Those that callers come from.
std::vector<std::string> zones_of_callers(const Document& document) {
  std::vector<std::string> zones;
  for (const Interface& interface : document.interfaces)
    if (interface.vrf.empty() && !interface.zone.empty() && !is_isolated_bridge(interface))
      add_zone_once(zones, interface.zone);
  return zones;
}

// The longest prefix of the interface that has the address; -1: none has.
int length_of(const Interface& interface, const IpAddress& address) {
  int longest = -1;
  const auto look = [&](const Prefix& prefix) {
    if (prefix.contains(address)) longest = std::max<int>(longest, prefix.length);
  };
  for (const InterfaceAddress& own : interface.addresses) look(Prefix::of(own));
  for (const Prefix& behind : interface.behind) look(behind);
  return longest;
}

class SshExpander {
 public:
  SshExpander(Document& document, const WayOut& way)
      : document_(document), ssh_(*document.ssh), way_(way), callers_(zones_of_callers(document)) {}

  std::vector<std::string> run() {
    add_limit_and_jumps();
    const std::string device = ssh_.interface.empty() ? way_.device : ssh_.interface;
    if (device.empty())
      return {
          "ssh: no default route leads out of an interface of the document, so boxes have no ports; "
          "\"interface\" names the one"};
    for (const SshUser& user : ssh_.users)
      for (size_t i = 0; i < user.boxes.size(); ++i) add_forward(user, i, device);
    return {};
  }

 private:
  void add_forward(const SshUser& user, size_t box, const std::string& device) {
    Forward forward;
    forward.name = ssh_forward_name(user.name, box);
    forward.listen = device;
    forward.protocols = {IPPROTO_TCP};
    forward.ports = {{user.ports[box], user.ports[box]}};
    forward.to = user.boxes[box];
    forward.to_port = kSshPort;
    forward.vrf = place_of_box(document_, forward.to).vrf;
    forward.line = user.line;
    document_.forwards.push_back(std::move(forward));
  }

  // The gateway itself reaches the boxes, and the other VRFs that they are in.
  void add_limit_and_jumps() {
    Policy jump;
    jump.name = kSshJumpPolicy;
    jump.from = {std::string(kHostZone)};
    jump.protocols = {IPPROTO_TCP};
    jump.ports = {{kSshPort, kSshPort}};
    jump.action = Action::kAccept;
    jump.line = ssh_.line;
    for (const SshUser& user : ssh_.users)
      for (const IpAddress& box : user.boxes) add_box(box, jump);
    if (jump.to.empty()) return;
    add_limit(jump);
    document_.policies.insert(document_.policies.begin(), std::move(jump));
  }

  void add_box(const IpAddress& box, Policy& jump) {
    const Prefix alone = Prefix::of_host(box);
    if (std::ranges::find(jump.destination.prefixes, alone) != jump.destination.prefixes.end()) return;
    jump.destination.prefixes.push_back(alone);
    const PlaceOfBox place = place_of_box(document_, box);
    for (const std::string& zone : place.zones) add_zone_once(jump.to, zone);
    if (!place.vrf.empty())
      document_.routes.push_back(
          {.to = alone, .via = std::nullopt, .through = place.vrf, .line = ssh_.line, .for_host = true});
  }

  // Each caller has a bucket of its own, whichever boxes it calls.
  void add_limit(const Policy& jump) {
    if (callers_.empty()) return;
    Limit limit;
    limit.name = kSshLimit;
    limit.from = callers_;
    limit.to = jump.to;
    limit.destination = jump.destination;
    limit.protocols = jump.protocols;
    limit.ports = jump.ports;
    limit.key.kind = LimitKey::kSource;
    limit.rate = ssh_.rate;
    limit.line = ssh_.line;
    document_.limits.push_back(std::move(limit));
  }

  Document& document_;
  const Ssh& ssh_;
  const WayOut& way_;
  std::vector<std::string> callers_;
};

}   // namespace

PlaceOfBox place_of_box(const Document& document, const IpAddress& box) {
  const Interface* found = nullptr;
  int longest = -1;
  for (const Interface& interface : document.interfaces)
    if (const int length = length_of(interface, box); !interface.zone.empty() && length > longest) {
      found = &interface;
      longest = length;
    }
  if (found) return {found->vrf, {found->zone}};
  return {"", zones_of_callers(document)};
}

std::vector<std::string> expand_ssh(Document& document, const WayOut& way) {
  if (!document.ssh) return {};
  return SshExpander(document, way).run();
}

}   // namespace sluice
