// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/older_tables.hpp"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "engine/ebpf/table.hpp"

namespace sluice {
namespace {

template <class Row>
Result<sl_config> config_of(const Row& table) {
  sl_config config{};
  TRY((table.template for_each<uint32_t, sl_config>([&](uint32_t, const sl_config& row) { config = row; })));
  return config;
}

bool same_sizes(const bpf_map_info& info, size_t key, size_t value) {
  return info.key_size == key && info.value_size == value;
}

}   // namespace

Result<bool> is_of_another_layout(const Pins& pins) {
  if (SharedConfig::open(pins)) return false;
  const OlderTable table = TRY(OlderTable::open(pins, TRY(OwnRows::open()), "config"));
  const sl_config config = TRY(config_of(table));
  if (!same_sizes(table.info(), sizeof(uint32_t), sizeof(sl_config))) return config.abi != SL_ABI;
  return config.abi && config.abi != SL_ABI;
}

Result<std::unique_ptr<OlderTables>> OlderTables::open(Pins pins) {
  std::unique_ptr<OlderTables> older(new OlderTables(std::move(pins), TRY(OwnRows::open())));
  older->config_ = TRY(config_of(TRY(older->table("config"))));
  older->carried_.from = older->config_.abi;
  older->carried_.to = SL_ABI;
  // All that will be needed is opened once, before anything is made.
  for (const char* name : {"object_names", "interfaces", "nat_outside", "nat_inside", "half_open",
                           "flow_slots4", "flow_slots6", "object_counters", "limit_buckets", "limit_shared"})
    TRY(older->table(name));
  for (const auto& [flows, slots] : {std::pair{"flows4", "flow_slots4"}, {"flows6", "flow_slots6"}})
    older->families_.push_back({TRY(OlderFlows::open(older->pins_, older->own_, flows, older->config_.abi)),
                                TRY(older->table(slots)),
                                {}});
  return older;
}

bool OlderTables::has(const std::string& name) const {
  std::error_code ignored;
  return std::filesystem::exists(pins_.map(name), ignored);
}

Result<> OlderTables::tell(ObservedEngine& seen) const {
  seen.loaded = true;
  seen.other_layout = true;
  seen.build.assign(config_.build, strnlen(config_.build, sizeof(config_.build)));
  seen.sizes = {.flows4 = TRY(table("flow_slots4")).size(),
                .flows6 = TRY(table("flow_slots6")).size(),
                .mappings = TRY(table("nat_inside")).size(),
                .half_open = TRY(table("half_open")).size()};
  auto objects = std::make_shared<ObjectIds>();
  TRY((TRY(table("object_names")).for_each<uint32_t, sl_object_name>([&](uint32_t number, const auto& row) {
    (*objects)[{row.kind, std::string(row.name, strnlen(row.name, sizeof(row.name)))}] = number;
  })));
  seen.object_ids = std::move(objects);
  const OlderTable interfaces = TRY(table("interfaces"));
  const uint32_t each = interfaces.size() / SL_GENERATIONS, slot = SL_SLOT_OF(config_.version);
  return interfaces.for_each<uint32_t, sl_interface>([&](uint32_t row, const sl_interface& interface) {
    if (row / each == slot && (interface.flags & SL_IF_MANAGED)) seen.slots[row % each] = interface.slot;
  });
}

}   // namespace sluice
