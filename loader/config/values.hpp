// SPDX-License-Identifier: GPL-2.0-or-later
// Single values of a document. Each function complains and answers nothing when the value is not what it
// reads.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/complaints.hpp"
#include "config/members.hpp"
#include "config/tree.hpp"
#include "model/address.hpp"

namespace sluice::config {

std::optional<std::string_view> read_string(const Node& node, Complaints& complaints);
std::optional<bool> read_bool(const Node& node, Complaints& complaints);
// The index of one of a few words.
std::optional<size_t> read_word(const Node& node, Keys words, Complaints& complaints);
// "2h", at most 30 days; at least a second unless `zero` is allowed ("0s").
std::optional<std::chrono::seconds> read_duration(const Node& node, Complaints& complaints,
                                                  bool zero = false);
// A whole number between these, both included.
std::optional<uint32_t> read_count(const Node& node, uint32_t least, uint32_t most, Complaints& complaints);

// The items of a list that must not be empty nor have an item twice, or the one value that stands for itself.
std::vector<const Node*> read_one_or_list(const Node& node, Complaints& complaints);
// The items of a list.
std::vector<const Node*> read_list(const Node& node, Complaints& complaints);

// Names of the document's own things: letters, digits, '.', '_', '-'; not empty, at most 63, no sign first.
bool is_name(std::string_view text);
bool check_name(std::string_view name, const Node& node, bool is_key, Complaints& complaints);
// A key that is a device: what the kernel takes as its name, in visible ASCII.
bool check_device_name(const Node& member, Complaints& complaints);
// The same as a value.
std::optional<std::string_view> read_device_name(const Node& node, Complaints& complaints);

std::optional<uint8_t> read_protocol(const Node& node, Complaints& complaints);
std::vector<uint8_t> read_protocols(const Node& node, Complaints& complaints);
std::optional<PortRange> read_port_range(const Node& node, Complaints& complaints);
std::vector<PortRange> read_ports(const Node& node, Complaints& complaints);
std::optional<PortRange> parse_ports(std::string_view text, const Node& node, Complaints& complaints);

}   // namespace sluice::config
