// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's verdict on a request, with its own words where it has some (extended acknowledgement).
#pragma once

#include <linux/netlink.h>

#include <optional>
#include <string>

#include "base/result.hpp"

namespace sluice {

struct NlVerdict {
  int errnum = 0;     // positive; 0: done
  std::string text;   // the kernel's explanation of an error; often empty
};

// "ATTEMPT: strerror (the kernel's own words)"
Error refusal_of(const std::string& attempt, const NlVerdict& verdict);

// From the message that ends an answer (NLMSG_ERROR or NLMSG_DONE); nullopt for every other message.
std::optional<NlVerdict> parse_verdict(const nlmsghdr& message);

}   // namespace sluice
