// SPDX-License-Identifier: GPL-2.0-or-later
#include "ssh/sshd_config.hpp"

#include <fmt/format.h>

namespace sluice {
namespace {

constexpr std::string_view kHead =
    "# Made by `sluice ssh config`, for /etc/ssh/sshd_config.d/00-sluice.conf: who may jump to a box of his\n"
    "# own, and do nothing else here. Make it again when \"ssh\" of the document has changed.\n";

// A jump is a forwarded connection of the client (direct-tcpip). Everything else that a session or a
// forwarding can be is closed, each by the key that decides it.
constexpr std::string_view kNothingElse =
    "    AllowTcpForwarding local\n"
    "    PermitListen none\n"
    "    AllowStreamLocalForwarding no\n"
    "    AllowAgentForwarding no\n"
    "    X11Forwarding no\n"
    "    GatewayPorts no\n"
    "    PermitTunnel no\n"
    "    PermitTTY no\n"
    "    PermitUserRC no\n"
    "    ForceCommand /bin/false\n";

std::string box_text(const IpAddress& box) { return to_string(Endpoint{.address = box, .port = kSshPort}); }

}   // namespace

std::string sshd_config(const Ssh& ssh) {
  std::string text(kHead);
  for (const SshUser& user : ssh.users) {
    text += fmt::format("\nMatch User {}\n    PermitOpen", user.name);
    for (const IpAddress& box : user.boxes) text += fmt::format(" {}", box_text(box));
    text += fmt::format("\n{}", kNothingElse);
  }
  return text;
}

}   // namespace sluice
