// SPDX-License-Identifier: GPL-2.0-or-later
// How large the tables of live state are, and what they take. Pure.
#pragma once

#include <cstdint>

#include "model/document.hpp"
#include "model/observed.hpp"

namespace sluice {

// What the document says, and where it says nothing what suits a machine of so many bytes of memory: about 1
// % of them. For each two IPv4 flows there is room for one of IPv6 on top.
TableSizes table_sizes(const StateLimits& limits, uint64_t memory);

// A hash table as the kernel makes it: a bucket for each row, rounded up to a power of two, and a spare row
// for each CPU.
uint64_t bytes_of_hash(uint64_t rows, uint64_t key, uint64_t value, unsigned cpus);
// How many pairs of a mapping and a peer there may be (nat_peers): one for each flow.
uint32_t peers_of(const TableSizes& sizes);
// Of the ring of events: a quarter to half of all mappings may end at once. A power of two.
uint32_t bytes_of_events(const TableSizes& sizes);
// Memory of all tables whose size may be chosen, when they are full.
uint64_t bytes_of(const TableSizes& sizes, unsigned cpus);
// Of one flow: its two rows with their buckets, and its slots.
uint32_t bytes_per_flow(bool ipv6);

}   // namespace sluice
