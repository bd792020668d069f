// SPDX-License-Identifier: GPL-2.0-or-later
// Values that only networks have. Each function complains and answers nothing when the value is not what it
// reads.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "config/complaints.hpp"
#include "config/tree.hpp"
#include "model/address.hpp"
#include "model/tunnel.hpp"

namespace sluice::config {

// A unicast address of this family.
std::optional<IpAddress> read_address_of(const Node& node, Family family, Complaints& complaints);
// A prefix of this family that holds the gateway and at least one endpoint.
std::optional<Prefix> read_subnet(const Node& node, Family family, Complaints& complaints);
// "198.51.100.7:51820", "[2001:db8::7]:51820": an address with its port.
std::optional<Endpoint> read_dial(const Node& node, Complaints& complaints);
// "vpn.example.org", the same with a port, or an address; IPv6 in brackets. Nothing is looked up.
std::optional<std::string> read_dialled(const Node& node, Complaints& complaints);
// "www.example.org", in small letters.
std::optional<std::string> read_host_name(const Node& node, Complaints& complaints);
// As browsers send it.
std::string host_in_small_letters(std::string_view text);
// An absolute URL of HTTPS. `what` it is to be, and what is said of a wrong one.
std::string read_https_url(const Node& node, std::string_view what, std::string_view example,
                           Complaints& complaints);
// 44 characters of base64.
std::optional<WireguardKey> read_public_key(const Node& node, Complaints& complaints);
// The name of a file of keys; nothing is opened. One that is relative stays below the folder of keys.
std::string read_key_file(const Node& node, Complaints& complaints);
// RFC 3339, in UTC or with its offset.
std::optional<std::chrono::sys_seconds> read_time(const Node& node, Complaints& complaints);

// The number of an autonomous system that may stand in a document.
std::optional<uint32_t> read_asn(const Node& node, Complaints& complaints);

}   // namespace sluice::config
