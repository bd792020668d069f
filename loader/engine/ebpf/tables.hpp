// SPDX-License-Identifier: GPL-2.0-or-later
// The pinned maps of the eBPF engine, opened and typed; and the page of the config that is shared with it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/ebpf/table.hpp"
#include "kernel/bpf/map.hpp"
#include "kernel/bpf/pins.hpp"
#include "maps/config.h"
#include "maps/counters.h"
#include "maps/interface.h"
#include "maps/limit.h"
#include "maps/mapping.h"
#include "maps/ports.h"
#include "maps/rules.h"
#include "maps/slots.h"
#include "maps/tunnel.h"
#include "model/observed.hpp"

namespace sluice {

// sl_config mapped into this process: a store to `version` is what puts rules in force.
class SharedConfig {
 public:
  static Result<SharedConfig> open(const Pins& pins);
  SharedConfig(SharedConfig&& other) noexcept : page_(std::exchange(other.page_, nullptr)) {}
  SharedConfig& operator=(SharedConfig&& other) noexcept {
    std::swap(page_, other.page_);
    return *this;
  }
  ~SharedConfig();
  sl_config* operator->() const { return page_; }
  uint32_t version() const { return __atomic_load_n(&page_->version, __ATOMIC_ACQUIRE); }
  void set_version(uint32_t version) { __atomic_store_n(&page_->version, version, __ATOMIC_RELEASE); }

 private:
  explicit SharedConfig(sl_config* page) : page_(page) {}
  sl_config* page_;
};

struct Tables {
  static Result<Tables> open(const Pins& pins);

  SharedConfig config;
  BpfMap<uint32_t, sl_interface> interfaces;
  FlowTable<sl_flow4_key, sl_home4> flows4;
  FlowTable<sl_flow6_key, sl_home6> flows6;
  BpfMap<sl_endpoint, sl_endpoint> nat_inside;
  BpfMap<sl_endpoint, sl_mapping> nat_outside;
  BpfMap<sl_peer_key, sl_peer> nat_peers;
  BpfMap<uint32_t, sl_object_count> object_counters;
  BpfMap<uint32_t, sl_endpoint_count> endpoint_counters;
  BpfMap<uint32_t, sl_object_name> object_names;
  BpfMap<uint32_t, uint32_t> tx_ports;
  BpfMap<sl_host, sl_account> host_flows;
  BpfMap<sl_target, uint32_t> half_open_targets;
  BpfMap<sl_tunnel_end_key, sl_tunnel_end> tunnel_ends;
  BpfMap<sl_limit_key, sl_bucket> limit_buckets;
  BpfMap<uint32_t, sl_limit_shared> limit_shared;
  UniqueFd iface_counters, drop_counters, path_counts, flow_counts;   // per CPU
  BpfMap<uint32_t, sl_flow_slot4> flow_slots4;
  BpfMap<uint32_t, sl_flow_slot6> flow_slots6;
  UniqueFd half_open, resting_ports;
};

// Used by flows; other rows rest until another host may have their port.
inline bool is_live(const sl_mapping& row) {
  return row.references != 0 && row.references != SL_MAPPING_DEAD;
}

Result<TableSizes> sizes_of(const Tables& tables);

}   // namespace sluice
