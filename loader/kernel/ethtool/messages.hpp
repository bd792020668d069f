// SPDX-License-Identifier: GPL-2.0-or-later
// Questions to the kernel's ethtool, and what its answers say. Pure.
#pragma once

#include <optional>

#include "kernel/ethtool/nic_settings.hpp"
#include "kernel/netlink/request.hpp"

namespace sluice {

// Generic netlink gives its families numbers as they come.
NlRequest ethtool_family_request();
std::optional<uint16_t> parse_family(const nlmsghdr& message);

NlRequest channels_request(uint16_t family, const ObservedLink& link);
NlRequest features_request(uint16_t family, const ObservedLink& link);
// An answer to either: fills what it says and leaves the rest as it is.
void parse_settings(const nlmsghdr& message, NicSettings& nic);

}   // namespace sluice
