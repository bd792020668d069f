// SPDX-License-Identifier: GPL-2.0-or-later
// People who reach the SSH server of a box of their own: by an outside port of the gateway for each box, and
// by the gateway as jump host. Plain values; ports that a document leaves out are allocated
// (ssh/allocate_ssh.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/address.hpp"
#include "model/limit.hpp"

namespace sluice {

inline constexpr uint16_t kSshPort = 22;   // of boxes
inline constexpr size_t kMostSshUsers = 4096, kMostSshBoxes = 8;

struct SshUser {
  std::string name;               // as the gateway's own sshd knows him
  std::vector<IpAddress> boxes;   // never empty
  std::vector<uint16_t> ports;    // outside, of the first boxes in their order; of all once it is allocated
  int line = 0;
};

struct Ssh {
  std::string interface;           // whose addresses the ports are at; empty: of the default route
  PortRange ports{10001, 10999};   // TCP ports that boxes get
  Rate rate{2000, true};           // what each caller may send to boxes through their ports
  std::vector<SshUser> users;      // in the order of the text
  int line = 0;
};

// Of what is allotted to users; no name of a network has a colon.
inline constexpr std::string_view kSshOwner = "ssh:";
// Of the policy for the jump host, and of the limit.
inline constexpr std::string_view kSshJumpPolicy = "ssh jump", kSshLimit = "ssh callers";

// "alice" can be matched by sshd as it is written: no pattern, and not root.
bool is_ssh_user(std::string_view name);
// Of a box by its place, from 0: "ssh:alice", "ssh:alice/2".
std::string ssh_forward_name(std::string_view user, size_t box);

}   // namespace sluice
