// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/tables.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/ebpf/table.hpp"

namespace sluice {
namespace {

size_t page_size() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

}   // namespace

Result<SharedConfig> SharedConfig::open(const Pins& pins) {
  const UniqueFd fd = TRY(open_checked(pins, "config", sizeof(uint32_t), sizeof(sl_config)));
  void* page = mmap(nullptr, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (page == MAP_FAILED) return fail_errno("map the config into memory", errno);
  SharedConfig config(static_cast<sl_config*>(page));
  if (config->abi && config->abi != SL_ABI)
    return fail(fmt::format("map config is laid out by version {} where this release has {}: {}", config->abi,
                            SL_ABI, kAnotherRelease));
  return config;
}

SharedConfig::~SharedConfig() {
  if (page_) munmap(page_, page_size());
}

Result<Tables> Tables::open(const Pins& pins) {
  return Tables{TRY(SharedConfig::open(pins)),
                TRY((open_map<uint32_t, sl_interface>(pins, "interfaces"))),
                TRY((FlowTable<sl_flow4_key, sl_home4>::open(pins, "flows4", "flow_overflow4"))),
                TRY((FlowTable<sl_flow6_key, sl_home6>::open(pins, "flows6", "flow_overflow6"))),
                TRY((open_map<sl_endpoint, sl_endpoint>(pins, "nat_inside"))),
                TRY((open_map<sl_endpoint, sl_mapping>(pins, "nat_outside"))),
                TRY((open_map<sl_peer_key, sl_peer>(pins, "nat_peers"))),
                TRY((open_map<uint32_t, sl_object_count>(pins, "object_counters"))),
                TRY((open_map<uint32_t, sl_endpoint_count>(pins, "endpoint_counters"))),
                TRY((open_map<uint32_t, sl_object_name>(pins, "object_names"))),
                TRY((open_map<uint32_t, uint32_t>(pins, "tx_ports"))),
                TRY((open_map<sl_host, sl_account>(pins, "host_flows"))),
                TRY((open_map<sl_target, uint32_t>(pins, "half_open_targets"))),
                TRY((open_map<sl_tunnel_end_key, sl_tunnel_end>(pins, "tunnel_ends"))),
                TRY((open_map<sl_limit_key, sl_bucket>(pins, "limit_buckets"))),
                TRY((open_map<uint32_t, sl_limit_shared>(pins, "limit_shared"))),
                TRY(open_checked(pins, "iface_counters", sizeof(uint32_t), sizeof(sl_iface_counters))),
                TRY(open_checked(pins, "drop_counters", sizeof(uint32_t), sizeof(sl_drops))),
                TRY(open_checked(pins, "path_counts", sizeof(uint32_t), sizeof(uint64_t))),
                TRY(open_checked(pins, "flow_counts", sizeof(uint32_t), sizeof(sl_flow_count))),
                TRY((open_map<uint32_t, sl_flow_slot4>(pins, "flow_slots4"))),
                TRY((open_map<uint32_t, sl_flow_slot6>(pins, "flow_slots6"))),
                TRY(open_checked(pins, "half_open", sizeof(uint32_t), sizeof(uint64_t))),
                TRY(open_checked(pins, "resting_ports", sizeof(uint32_t), sizeof(sl_resting)))};
}

}   // namespace sluice
