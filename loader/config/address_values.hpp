// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses, prefixes and ranges of a document, with the reason when they are none.
#pragma once

#include <optional>
#include <string_view>

#include "config/complaints.hpp"
#include "config/tree.hpp"
#include "model/address.hpp"

namespace sluice::config {

// Digits, dots and dashes only, or with a colon or a slash: meant as an address, whether it is one or not.
bool looks_like_address(std::string_view text);

std::optional<IpAddress> parse_address(std::string_view text, const Node& node, Complaints& complaints);
std::optional<Prefix> parse_prefix(std::string_view text, const Node& node, Complaints& complaints);
std::optional<Prefix> read_prefix(const Node& node, Complaints& complaints);
// 96 bits of IPv6, behind which an IPv4 address is the rest (RFC 6052 section 2.2).
std::optional<Prefix> read_prefix_of_ipv4(const Node& node, std::string_view remedy, Complaints& complaints);
std::optional<AddressRange> read_address_range(const Node& node, Complaints& complaints);
std::optional<InterfaceAddress> read_interface_address(const Node& node, Complaints& complaints);

}   // namespace sluice::config
