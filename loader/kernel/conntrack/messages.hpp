// SPDX-License-Identifier: GPL-2.0-or-later
// Entries as messages of ctnetlink. Pure: nothing is sent from here.
#pragma once

#include <optional>

#include "kernel/conntrack/entry.hpp"
#include "kernel/netlink/request.hpp"

namespace sluice {

struct ConntrackFilter {
  uint32_t mark = 0, mask = 0;   // entries with (their mark & mask) == mark; mask 0: all
};

NlRequest conntrack_dump_request(const ConntrackFilter& filter);
NlRequest conntrack_count_request();
NlRequest conntrack_find_request(const ConntrackEntry& entry);   // by the original direction
// With its translation, status, timeout and mark; EEXIST when either direction is taken.
NlRequest conntrack_create_request(const ConntrackEntry& entry);
// Mark and time left of the entry with this original direction.
NlRequest conntrack_refresh_request(const ConntrackEntry& entry);
// The same, and its state as it is elsewhere, whatever was seen of it here. `entry.status` has also what the
// entry has.
NlRequest conntrack_renew_request(const ConntrackEntry& entry);
NlRequest conntrack_mark_request(const ConntrackEntry& entry);
NlRequest conntrack_delete_request(const ConntrackEntry& entry);

// nullopt: another message, or one that is cut.
std::optional<uint32_t> parse_conntrack_count(const nlmsghdr& message);   // of this network namespace
std::optional<ConntrackEntry> parse_conntrack(const nlmsghdr& message);

}   // namespace sluice
