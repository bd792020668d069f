// SPDX-License-Identifier: GPL-2.0-or-later
// What /proc/sys has for each device, as the list of devices says it: one question for a thousand devices,
// and not ten files for each.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/netlink/attributes.hpp"
#include "model/observed.hpp"

namespace sluice {

// IFLA_AF_SPEC of a device.
void parse_link_settings(const Attributes& families, ObservedLink& link);
// "net/ipv4/conf/eth0/rp_filter"; nullopt: the list does not say that, or has no such device.
std::optional<std::string> link_setting(const std::map<std::string, ObservedLink>& links,
                                        std::string_view path);

}   // namespace sluice
