// SPDX-License-Identifier: GPL-2.0-or-later
#include "counters.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace sluice::test {
namespace {

// Rows of a per-CPU array, each summed over the CPUs.
template <class Row>
void read_sums(int fd, uint32_t first, uint32_t count, Row* sums) {
  static const auto cpus = static_cast<size_t>(libbpf_num_possible_cpus());
  std::vector<uint32_t> keys(count);
  std::vector<Row> rows(count * cpus);
  uint32_t previous = first - 1, position = 0;
  bpf_map_lookup_batch(fd, first ? &previous : nullptr, &position, keys.data(), rows.data(), &count, nullptr);
  std::fill_n(sums, count, Row{});
  for (size_t i = 0; i < count * cpus; ++i) {
    auto* sum = reinterpret_cast<uint64_t*>(&sums[i / cpus]);
    for (size_t word = 0; word < sizeof(Row) / 8; ++word)
      sum[word] += reinterpret_cast<const uint64_t*>(&rows[i])[word];
  }
}

constexpr uint32_t kReasons = SL_DROP_LIMIT;

struct Kind {
  const char* name;
  __u64 sl_iface_counters::*packets;
  __u64 sl_iface_counters::*bytes;
};
constexpr Kind kKinds[] = {
    {"forwarded", &sl_iface_counters::forwarded_packets, &sl_iface_counters::forwarded_bytes},
    {"to host", &sl_iface_counters::to_host_packets, &sl_iface_counters::to_host_bytes},
    {"from host", &sl_iface_counters::from_host_packets, &sl_iface_counters::from_host_bytes},
    {"dropped", &sl_iface_counters::dropped_packets, &sl_iface_counters::dropped_bytes},
    {"ignored", &sl_iface_counters::ignored_packets, nullptr},
    {"handed on", &sl_iface_counters::handed_on_packets, nullptr},
};

sl_iface_counters operator-(sl_iface_counters a, const sl_iface_counters& b) {
  auto* words = reinterpret_cast<uint64_t*>(&a);
  for (size_t i = 0; i < sizeof(a) / 8; ++i) words[i] -= reinterpret_cast<const uint64_t*>(&b)[i];
  return a;
}

// rx goes up with everything but what XDP hands on and what the gateway sends itself.
std::string rx_flaw(const sl_iface_counters& d) {
  const uint64_t received = d.forwarded_packets + d.to_host_packets + d.dropped_packets + d.ignored_packets;
  return d.rx_packets == received ? "" : fmt::format("rx {} for {} received; ", d.rx_packets, received);
}

struct Sum {
  std::string what;
  int packets = 0;
  Counted counted;
};

void add_interface(Sum& sum, uint32_t slot, const sl_iface_counters& d, bool own) {
  for (const Kind& kind : kKinds)
    if (const uint64_t packets = d.*kind.packets) {
      sum.packets += static_cast<int>(packets);
      sum.what += sum.what.empty() ? kind.name : std::string(", ") + kind.name;
      sum.counted.slot = slot;
      sum.counted.bytes = kind.bytes ? d.*kind.bytes : 0;
    }
  if (!own && !rx_flaw(d).empty()) sum.packets = 99;
}

void add_drops(Sum& sum, const Counters& before, const Counters& after, uint32_t slot, uint64_t dropped) {
  uint64_t counted = 0;
  for (uint32_t reason = 0; reason < kReasons; ++reason) {
    const uint64_t packets =
        after.drops[slot].reason[reason].packets - before.drops[slot].reason[reason].packets;
    if (packets) sum.what += ": " + reason_name(reason);
    counted += packets;
  }
  if (counted != dropped) sum.packets = 99;
}

Counted difference(const Counters& before, const Counters& after) {
  Sum sum;
  for (uint32_t slot = 0; slot < kSlots; ++slot) {
    const sl_iface_counters d = after.interfaces[slot] - before.interfaces[slot];
    const bool own = d.rx_packets == 0 && (d.from_host_packets || d.dropped_packets || d.ignored_packets);
    add_interface(sum, slot, d, own);
    add_drops(sum, before, after, slot, d.dropped_packets);
  }
  sum.counted.what =
      sum.packets == 1 ? sum.what : fmt::format("counted {} times ({})", sum.packets, sum.what);
  return sum.counted;
}

}   // namespace

Counters counters_now(const Tables& tables) {
  Counters now;
  read_sums(tables.iface_counters.get(), 0, kSlots, now.interfaces.data());
  read_sums(tables.drop_counters.get(), 0, kSlots, now.drops.data());
  return now;
}

void CounterWatch::before(const Tables& tables) {
  if (fresh_) return;
  seen_ = counters_now(tables);
  fresh_ = true;
}

Counted CounterWatch::after(const Tables& tables) {
  const Counters before = seen_;
  read_sums(tables.iface_counters.get(), 0, kSlots, seen_.interfaces.data());
  for (uint32_t slot = 0; slot < kSlots; ++slot)
    if (seen_.interfaces[slot].dropped_packets != before.interfaces[slot].dropped_packets)
      read_sums(tables.drop_counters.get(), slot, 1, &seen_.drops[slot]);
  return difference(before, seen_);
}

std::string reason_name(uint32_t reason) {
  switch (reason) {
#define X(number, symbol, stage, sentence) \
  case number: return #symbol;
    SL_DROP_REASONS(X)
#undef X
  }
  return fmt::format("reason {}", reason);
}

uint32_t reason_number(const std::string& name) {
  for (uint32_t reason = 1; reason < kReasons; ++reason)
    if (reason_name(reason) == name) return reason;
  return 0;
}

}   // namespace sluice::test
