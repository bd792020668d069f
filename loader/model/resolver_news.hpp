// SPDX-License-Identifier: GPL-2.0-or-later
// What whoever resolves tells of himself.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sluice {

// Since the process was started. Each question is told once, as one of those after the first.
#define SLUICE_DNS_COUNTERS(X)            \
  X(queries, "questions of clients")      \
  X(own, "answered out of the document")  \
  X(cached, "answered out of the cache")  \
  X(forwarded, "answered by an upstream") \
  X(failed, "no upstream answered")       \
  X(refused, "refused: malformed, of another kind, or more than a client may have waiting")

struct DnsCounts {
#define X(name, text) uint64_t name = 0;
  SLUICE_DNS_COUNTERS(X)
#undef X
  bool operator==(const DnsCounts&) const = default;
};

struct ResolverNews {
  std::map<std::string, DnsCounts> zones;
  std::vector<std::string> troubles;   // sentences; empty: every zone is served
  uint64_t cache_bytes = 0, cache_entries = 0;
  bool operator==(const ResolverNews&) const = default;
};

}   // namespace sluice
