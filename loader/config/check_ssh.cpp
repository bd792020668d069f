// SPDX-License-Identifier: GPL-2.0-or-later
// What no two boxes of SSH users have, and which ports are somebody else's.
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <map>

#include "config/check.hpp"
#include "config/complaints.hpp"
#include "config/port_owners.hpp"

namespace sluice::config {
namespace {

// Whoever asks for one of these ports means a box.
void check_ports_of_ssh(const Ssh& ssh, const Node& node, Draft& draft) {
  const auto check = [&](const PortRange& ports, const std::string& who) {
    if (ports.overlaps(ssh.ports))
      draft.complaints.say(place(node, "ports"),
                           fmt::format("{} overlaps {} of {}", ssh.ports.to_string(), ports.to_string(), who),
                           "ports that nothing else has");
  };
  for (const auto& [forward, at] : draft.forwards)
    for (const PortRange& ports : forward.ports)
      if (takes(forward, IPPROTO_TCP)) check(ports, title_of(forward));
  if (!draft.pods.empty()) check(draft.pod_settings.ports, "pods");
  if (draft.front) {
    const Front& front = draft.front->value;
    for (const uint16_t port : {front.http, front.https}) check({port, port}, "the front");
  }
}

class PortsOfUsers {
 public:
  PortsOfUsers(const Ssh& ssh, Complaints& complaints) : ssh_(ssh), complaints_(complaints) {}

  void check(const SshUser& user, const Node& node) {
    const Node* place = node.kind == Kind::kObject ? node.member("port") : nullptr;
    if (!place) return;
    if (user.ports.size() > user.boxes.size() && !user.boxes.empty())
      complaints_.say(*place, "more ports than boxes", "a port for each box, in their order, or fewer");
    for (const uint16_t port : user.ports) check_one(port, user, *place);
  }

 private:
  void check_one(uint16_t port, const SshUser& user, const Node& place) {
    if (!ssh_.ports.contains(port))
      complaints_.say(place,
                      fmt::format("{} is not one of {}, the ports of SSH", port, ssh_.ports.to_string()),
                      "one of its ports, or none: then it is given one");
    const auto [at, is_new] = seen_.try_emplace(port, &user);
    if (!is_new)
      complaints_.say(
          place,
          fmt::format("{} is that of user {} on line {}", port, quote(at->second->name), at->second->line),
          "a port of its own for each box");
  }

  const Ssh& ssh_;
  Complaints& complaints_;
  std::map<uint16_t, const SshUser*> seen_;
};

void check_users(const Ssh& ssh, const Node& node, Complaints& complaints) {
  const Node* users = node.member("users");
  if (!users || users->kind != Kind::kObject) return;
  PortsOfUsers ports(ssh, complaints);
  size_t boxes = 0;
  auto user = ssh.users.begin();
  for (const Node& one : users->children()) {
    ports.check(*user, one);
    boxes += user->boxes.size();
    ++user;
  }
  if (boxes > ssh.ports.size())
    complaints.say(place(node, "ports"), fmt::format("{} boxes have {} ports", boxes, ssh.ports.size()),
                   "a port for each box");
}

}   // namespace

void check_ssh(Draft& draft) {
  if (!draft.ssh) return;
  const auto& [ssh, node] = *draft.ssh;
  if (node->kind != Kind::kObject) return;
  check_users(ssh, *node, draft.complaints);
  check_ports_of_ssh(ssh, *node, draft);
  check_interface_of_ports(ssh.interface, *node, draft);
}

}   // namespace sluice::config
