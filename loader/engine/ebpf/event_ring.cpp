// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/event_ring.hpp"

#include <arpa/inet.h>

#include <cstring>
#include <ctime>

#include "compile/common/rows.hpp"
#include "engine/ebpf/table.hpp"

namespace sluice {
namespace {

using std::chrono::nanoseconds;
using std::chrono::system_clock;

static_assert(static_cast<int>(EventKind::kMappingMade) == SL_EVENT_MAPPING_MADE &&
              static_cast<int>(EventKind::kMappingEnded) == SL_EVENT_MAPPING_ENDED &&
              static_cast<int>(EventKind::kPortsExhausted) == SL_EVENT_PORTS_EXHAUSTED &&
              static_cast<int>(EventKind::kHostMappings) == SL_EVENT_HOST_MAPPINGS &&
              static_cast<int>(EventKind::kHostFlows) == SL_EVENT_HOST_FLOWS &&
              static_cast<int>(EventKind::kTableFull) == SL_EVENT_TABLE_FULL &&
              static_cast<int>(EventKind::kHalfOpenFull) == SL_EVENT_HALF_OPEN_FULL &&
              static_cast<int>(EventKind::kMappingsFull) == SL_EVENT_MAPPINGS_FULL &&
              static_cast<int>(EventKind::kTargetHalfOpen) == SL_EVENT_TARGET_HALF_OPEN);

system_clock::duration since_boot(nanoseconds time) {
  return std::chrono::duration_cast<system_clock::duration>(time);
}

// Anew each time, because the clock of the day may have been set.
system_clock::time_point boot_time() {
  timespec up{};
  clock_gettime(CLOCK_BOOTTIME, &up);
  return system_clock::now() - since_boot(std::chrono::seconds(up.tv_sec) + nanoseconds(up.tv_nsec));
}

}   // namespace

NatEvent event_of(const sl_event& row, system_clock::time_point boot) {
  return {.kind = static_cast<EventKind>(row.kind),
          .protocol = row.protocol,
          .vrf = row.vrf,
          .inside = address_of(row.inside),
          .outside = address_of(row.outside),
          .inside_port = ntohs(row.inside_port),
          .outside_port = ntohs(row.outside_port),
          .rule_number = row.object,
          .rule = {},
          .endpoint = {},
          .count = row.count,
          .most = {},
          .time = boot + since_boot(nanoseconds(row.time))};
}

Result<std::shared_ptr<EventRing>> EventRing::open(const Pins& pins) {
  const UniqueFd map = TRY(pins.open(pins.map("events")));
  RingReader ring = TRY(RingReader::open(map));
  UniqueFd counts = TRY(open_checked(pins, "path_counts", sizeof(uint32_t), sizeof(uint64_t)));
  auto names = TRY((open_map<uint32_t, sl_object_name>(pins, "object_names")));
  auto hosts = TRY((open_map<sl_host_key, uint32_t>(pins, "host_mappings")));
  return std::shared_ptr<EventRing>(
      new EventRing(std::move(ring), std::move(counts), std::move(names), std::move(hosts)));
}

// A rule that was removed meanwhile has its name until another one gets its number.
std::string EventRing::name_of(uint32_t object) const {
  const auto row = object ? names_.find(object) : Result<std::optional<sl_object_name>>{};
  if (!row || !*row) return {};
  return {(*row)->name, strnlen((*row)->name, sizeof((*row)->name))};
}

// A look at every host, but a shortage is told once a minute.
std::optional<HostUse> EventRing::greediest(uint32_t masquerade) const {
  std::optional<HostUse> most;
  const auto looked = hosts_.for_each([&](const sl_host_key& host, uint32_t mappings) {
    if (host.masquerade == masquerade && (!most || mappings > most->mappings))
      most = HostUse{address_of(host.inside), mappings};
  });
  return looked ? most : std::nullopt;
}

// `names`: those that were looked up in this batch.
NatEvent EventRing::explained(const sl_event& row, system_clock::time_point boot, RuleNames& names) const {
  NatEvent event = event_of(row, boot);
  const auto [name, is_new] = names.try_emplace(row.object);
  if (is_new) name->second = name_of(row.object);
  event.rule = name->second;
  if (event.kind == EventKind::kPortsExhausted) event.most = greediest(row.object);
  return event;
}

Result<std::vector<NatEvent>> EventRing::take(size_t most) {
  std::vector<NatEvent> events;
  RuleNames names;
  const auto boot = boot_time();
  TRY(ring_.take(most, [&](std::span<const std::byte> sample) {
    sl_event row;
    if (sample.size() != sizeof(row)) return;
    std::memcpy(&row, sample.data(), sizeof(row));
    events.push_back(explained(row, boot, names));
  }));
  return events;
}

Result<uint64_t> EventRing::lost() const {
  uint64_t lost = 0;
  TRY(for_each_sum<uint64_t>(counts_.get(), SL_PATH_EVENTS_LOST, 1,
                             [&](uint32_t, uint64_t cpu) { lost += cpu; }));
  return lost;
}

}   // namespace sluice
