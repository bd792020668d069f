// SPDX-License-Identifier: GPL-2.0-or-later
// Counters of the nftables engine: they stand in sets of its table.
#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <charconv>

#include "base/file.hpp"
#include "base/text.hpp"
#include "engine/nft/engine_nft.hpp"
#include "engine/nft/listing.hpp"
#include "kernel/nft/nft.hpp"
#include "maps/drop_reasons.h"
#include "maps/rules.h"

namespace sluice {
namespace {

using nlohmann::json;

Result<std::vector<CountedRow>> rows_in(const std::string& set) {
  const auto listing = TRY(nft_list("list set inet sluice " + set));
  return listing ? read_rows(*listing, set) : std::vector<CountedRow>{};
}

// A device by its name; one that is gone by its number, as text. Nobody asks the kernel for that as a name:
// it would look for a module that is called so.
uint32_t device_of(const json& key) {
  if (key.is_number_unsigned()) return key.get<uint32_t>();
  if (!key.is_string()) return 0;
  const auto text = key.get<std::string>();
  uint32_t number = 0;
  char name[IF_NAMESIZE];
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  return is_number && !if_indextoname(number, name) ? number : if_nametoindex(text.c_str());
}

uint32_t number_in(const json& key) { return key.is_number_unsigned() ? key.get<uint32_t>() : 0; }

constexpr std::string_view kKindNames[] = {"",      "policy",         "masquerade", "static",  "forward",
                                           "limit", "limit-exceeded", "endpoint",   "service", "backend"};

uint8_t kind_of(std::string_view word) {
  const auto at = std::find(std::begin(kKindNames), std::end(kKindNames), word);
  return at == std::end(kKindNames) ? 0 : static_cast<uint8_t>(at - std::begin(kKindNames));
}

// "policy lan-out"
ObjectCount object_of(const CountedRow& row) {
  const size_t space = std::min(row.comment.find(' '), row.comment.size());
  const std::string name = space < row.comment.size() ? row.comment.substr(space + 1) : "";
  return {number_in(row.key), kind_of(row.comment.substr(0, space)), name, 0, row.packets, row.bytes};
}

Result<uint64_t> read_number(const char* path) {
  const std::string text = TRY(read_file(path, 64));
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Rows that start with what was counted already, in nft's own language: libnftables 1.0.6 takes the counter
// of an element from JSON without an error and starts at zero.
class Recount {
 public:
  void add(const ObjectRow& object, const ObjectCount& sum) {
    const std::string comment = fmt::format(" comment \"{} {}\"", kKindNames[object.kind], object.name);
    gone_.push_back(std::to_string(object.number));
    totals_.push_back(
        fmt::format("{} counter packets {} bytes {}{}", object.number, sum.packets, sum.bytes, comment));
    flows_.push_back(fmt::format("{} counter packets {} bytes 0", object.number, sum.flows));
  }
  std::string commands() const {
    const std::string gone = join(gone_, ", ");
    return fmt::format(
        "delete element inet sluice objects {{ {0} }}\ndelete element inet sluice flows {{ {0} }}\n"
        "add element inet sluice objects {{ {1} }}\nadd element inet sluice flows {{ {2} }}\n",
        gone, join(totals_, ", "), join(flows_, ", "));
  }
  bool empty() const { return gone_.empty(); }

 private:
  std::vector<std::string> gone_, totals_, flows_;
};

}   // namespace

Result<std::vector<ObjectCount>> EngineNft::objects() {
  std::vector<ObjectCount> objects;
  if (!seen_.loaded) return objects;
  std::map<uint32_t, uint64_t> flows;
  for (const CountedRow& row : TRY(rows_in("flows"))) flows[number_in(row.key)] = row.packets;
  for (const CountedRow& row : TRY(rows_in("objects"))) {
    objects.push_back(object_of(row));
    objects.back().flows = flows[objects.back().number];
  }
  return objects;
}

Result<SharedObjectIds> EngineNft::object_ids() {
  if (rules_) return ids_of(rules_->numbers->objects);
  if (!object_ids_) object_ids_ = ids_of(TRY(objects()));
  return object_ids_;
}

// What was counted before goes on: a row is exchanged for one that starts with the sum. Names are those of
// the document, which was checked; a listing may say anything.
Result<> EngineNft::set_object_counts(const std::vector<ObjectCount>& counts) {
  const auto counted = [](const ObjectCount& c) { return c.flows != 0 || c.packets != 0; };
  if (std::none_of(counts.begin(), counts.end(), counted)) return {};   // reading them all takes seconds
  std::map<uint32_t, ObjectCount> now;
  std::map<std::pair<uint8_t, std::string>, const ObjectRow*> rows;
  for (ObjectCount& object : TRY(objects())) now[object.number] = std::move(object);
  if (rules_)
    for (const ObjectRow& row : rules_->numbers->objects) rows[{row.kind, row.name}] = &row;
  Recount recount;
  for (const ObjectCount& before : counts) {
    const auto row = rows.find({before.kind, before.name});
    if (row == rows.end() || !counted(before)) continue;
    ObjectCount sum = now[row->second->number];
    sum.flows += before.flows;
    sum.packets += before.packets;
    sum.bytes += before.bytes;
    recount.add(*row->second, sum);
  }
  if (recount.empty()) return {};
  TRY(nft_apply_text(recount.commands()));
  TRY(monitor_->drain());
  return {};
}

Result<std::vector<InterfaceCount>> EngineNft::interfaces() {
  std::map<uint32_t, InterfaceCount> counts;
  if (!seen_.loaded) return std::vector<InterfaceCount>{};
  for (const CountedRow& row : TRY(rows_in("managed")))
    counts[device_of(row.key)].ifindex = device_of(row.key);
  const auto add = [&](const char* set, auto packets, auto bytes) -> Result<> {
    for (const CountedRow& row : TRY(rows_in(set)))
      if (const auto at = counts.find(device_of(row.key)); at != counts.end()) {
        at->second.*packets = row.packets;
        at->second.*bytes = row.bytes;
      }
    return {};
  };
  TRY(add("forwarded", &InterfaceCount::forwarded_packets, &InterfaceCount::forwarded_bytes));
  TRY(add("to_host", &InterfaceCount::to_host_packets, &InterfaceCount::to_host_bytes));
  TRY(add("from_host", &InterfaceCount::from_host_packets, &InterfaceCount::from_host_bytes));
  for (const DropCount& drop : TRY(drops()))
    if (const auto at = counts.find(drop.ifindex); at != counts.end()) {
      at->second.dropped_packets += drop.packets;
      at->second.dropped_bytes += drop.bytes;
    }
  std::vector<InterfaceCount> list;
  for (auto& [index, count] : counts) {
    count.rx_packets = count.forwarded_packets + count.to_host_packets + count.dropped_packets;
    count.rx_bytes = count.forwarded_bytes + count.to_host_bytes + count.dropped_bytes;
    count.sees_all = false;
    list.push_back(count);
  }
  return list;
}

Result<std::vector<DropCount>> EngineNft::drops() {
  std::vector<DropCount> drops;
  if (!seen_.loaded) return drops;
#define X(number, symbol, stage, text)                                       \
  for (const CountedRow& row : TRY(rows_in("dropped_" + drop_name(number)))) \
    if (row.packets) drops.push_back({device_of(row.key), number, row.packets, row.bytes});
  SL_DROP_REASONS(X)
#undef X
  return drops;
}

Result<std::vector<TargetUse>> EngineNft::half_open_targets() {
  std::vector<TargetUse> targets;
  if (!seen_.loaded || !rules_) return targets;
  for (const LimitedTarget& target : rules_->half_open)
    if (const size_t count = TRY(rows_in(target.set)).size())
      targets.push_back({target.address, target.port, target.vrf, static_cast<uint32_t>(count)});
  return targets;
}

// Connection tracking is one table for everybody on the machine.
Result<TableUse> EngineNft::tables() {
  constexpr uint64_t kBytesPerEntry = 320;   // struct nf_conn and its extensions, as slabinfo shows them
  TableUse use;
  if (!seen_.loaded) return use;
  const auto flows = TRY(this->flows());   // once: the kernel goes through its whole table for it
  use.flows = static_cast<uint32_t>(flows.size());
  use.mappings = static_cast<uint32_t>(mappings_of(flows).size());
  use.bytes = use.flows * kBytesPerEntry;
  use.bytes_per_flow = use.bytes_per_flow6 = kBytesPerEntry;
  const uint64_t most = TRY(read_number("/proc/sys/net/netfilter/nf_conntrack_max"));
  use.tables.push_back({"conntrack", use.flows, most, use.bytes});
  return use;
}

}   // namespace sluice
