// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/generic.hpp"

#include <linux/genetlink.h>

#include <cerrno>

#include "kernel/netlink/attributes.hpp"

namespace sluice {

NlRequest family_request(const std::string& name) {
  return NlRequest(GENL_ID_CTRL, 0, "ask for " + name + "'s number")
      .header(genlmsghdr{.cmd = CTRL_CMD_GETFAMILY, .version = 1})
      .text(CTRL_ATTR_FAMILY_NAME, name);
}

std::optional<uint16_t> parse_family(const nlmsghdr& message) {
  return Attributes::of(message, sizeof(genlmsghdr)).u16(CTRL_ATTR_FAMILY_ID);
}

Result<std::optional<uint16_t>> find_family(RtnlSocket& generic, const std::string& name) {
  std::optional<uint16_t> family;
  TRY(generic.get_unless(family_request(name), {ENOENT},
                         [&](const nlmsghdr& message) { family = parse_family(message); }));
  return family;
}

}   // namespace sluice
