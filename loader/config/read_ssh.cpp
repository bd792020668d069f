// SPDX-License-Identifier: GPL-2.0-or-later
// People who reach boxes of their own by SSH.
#include <fmt/format.h>

#include "config/address_values.hpp"
#include "config/complaints.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kSshKeys[] = {"interface", "ports", "rate", "users"};
constexpr std::string_view kSshUserKeys[] = {"box", "port"};

void read_box(const Node& node, SshUser& user, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  const auto address = text ? parse_address(*text, node, complaints) : std::nullopt;
  if (!address) return;
  if (address->is_unspecified() || address->is_loopback() || address->is_multicast() ||
      address->is_link_local())
    return complaints.say(node, fmt::format("{} is no address of a box", quote(*text)),
                          "an address that the gateway routes to");
  user.boxes.push_back(*address);
}

void read_boxes(const Node& node, SshUser& user, Complaints& complaints) {
  const Items items = read_one_or_list(node, complaints);
  limit_count(node, items.size(), kMostSshBoxes, "boxes", complaints);
  for (const Node* item : items) read_box(*item, user, complaints);
}

void read_ports_of_boxes(const Node& node, SshUser& user, Complaints& complaints) {
  for (const Node* item : read_one_or_list(node, complaints))
    if (const auto port = read_count(*item, 1, 65'535, complaints))
      user.ports.push_back(static_cast<uint16_t>(*port));
}

SshUser read_ssh_user(const Node& node, Complaints& complaints) {
  SshUser user;
  user.name = node.key;
  user.line = complaints.line_of(node);
  if (!is_ssh_user(node.key))
    complaints.say_about_key(
        node, fmt::format("{} is no user that may jump", quote(node.key)),
        R"(1 to 32 small letters, digits, ".", "_" and "-", a letter first, and not root)");
  if (node.kind != Kind::kObject) {
    read_boxes(node, user, complaints);
    return user;
  }
  const Members members(node, kSshUserKeys, complaints);
  if (const Node* box = members.require("box")) read_boxes(*box, user, complaints);
  if (const Node* port = members.find("port")) read_ports_of_boxes(*port, user, complaints);
  return user;
}

std::vector<SshUser> read_ssh_users(const Node& node, Complaints& complaints) {
  std::vector<SshUser> users;
  if (!expect_kind(node, Kind::kObject, complaints)) return users;
  limit_count(node, node.count, kMostSshUsers, "users", complaints);
  users.reserve(node.count);
  for (const Node& member : node.children()) users.push_back(read_ssh_user(member, complaints));
  return users;
}

}   // namespace

void read_ssh(const Node& node, Draft& draft) {
  Complaints& complaints = draft.complaints;
  const Members members(node, kSshKeys, complaints);
  Ssh ssh;
  if (const Node* interface = members.find("interface"))
    if (const auto name = read_device_name(*interface, complaints)) {
      draft.interface_names.push_back({*name, interface});
      ssh.interface = *name;
    }
  if (const Node* ports = members.find("ports"))
    ssh.ports = read_port_range(*ports, complaints).value_or(ssh.ports);
  if (const Node* rate = members.find("rate"))
    ssh.rate = read_rate(*rate, true, complaints).value_or(ssh.rate);
  if (const Node* users = members.find("users")) ssh.users = read_ssh_users(*users, complaints);
  ssh.line = complaints.line_of(node);
  draft.ssh = Placed<Ssh>{std::move(ssh), &node};
}

}   // namespace sluice::config
