// SPDX-License-Identifier: GPL-2.0-or-later
#include "slots.hpp"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <cstring>
#include <map>

#include "state.hpp"

namespace sluice::test {
namespace {

template <class Slot>
BpfMap<uint32_t, Slot> slots_of(Lab& lab, const char* name) {
  return BpfMap<uint32_t, Slot>(name, UniqueFd(dup(lab.map(name))));
}

template <class Slot>
void read_slots(Lab& lab, const char* name, std::vector<SlotRow>& rows) {
  (void)slots_of<Slot>(lab, name).for_each([&](uint32_t number, const Slot& slot) {
    if ((slot.head.word & SL_SLOT_STATE) != SL_SLOT_FREE)
      rows.push_back({number, slot.head, tuple_of(slot.key)});
  });
}

template <class Slot>
void set_due(Lab& lab, const char* name, uint32_t number, uint32_t due) {
  auto slots = slots_of<Slot>(lab, name);
  Slot slot = slots.find(number).value().value();
  slot.head.due = due;
  (void)slots.put(number, slot);
}

bool same(const sl_tuple& a, const sl_tuple& b) { return std::memcmp(&a, &b, sizeof(a)) == 0; }

std::string host_key(const sl_addr& address) { return address_of(address).to_string(); }

// What the accounts of the flows that are there have to say.
struct Accounts {
  std::map<std::string, std::pair<uint32_t, uint32_t>> hosts, tenants;   // flows, and how many of them wait
  uint32_t shared = 0, shared_waiting = 0;
  bool operator==(const Accounts&) const = default;
};

std::string host_of(const sl_tuple& t) {
  sl_addr address = t.source;
  if (t.family == 6) address.w[2] = address.w[3] = 0;
  return fmt::format("{} {}", host_key(address), t.vrf);
}

Accounts wanted_accounts(Lab& lab, const std::vector<FlowRow>& rows) {
  std::map<std::pair<uint8_t, uint32_t>, sl_slot> slots;
  for (const SlotRow& row : slot_rows(lab)) slots[{row.tuple.family, row.number}] = row.head;
  Accounts wanted;
  for (const FlowRow& row : rows) {
    if (row.flow.flags & SL_FLOW_REPLY) continue;
    const bool outside = row.flow.holds & SL_HOLDS_OUTSIDE;
    const uint32_t waits = (slots[{row.tuple.family, row.flow.slot}].word & SL_SLOT_HALF_OPEN) != 0;
    const auto add = [&](std::pair<uint32_t, uint32_t>& account) {
      ++account.first, account.second += waits;
    };
    if (outside)
      ++wanted.shared, wanted.shared_waiting += waits;
    else
      add(wanted.hosts[host_of(row.tuple)]);
    add(wanted.tenants[fmt::format("{} {}", outside, outside ? row.flow.vrf : row.tuple.vrf)]);
  }
  return wanted;
}

template <class Row>
BpfMap<uint32_t, Row> rows_of(Lab& lab, const char* name) {
  return BpfMap<uint32_t, Row>(name, UniqueFd(dup(lab.map(name))));
}

Accounts counted_accounts(Lab& lab) {
  Accounts counted;
  const BpfMap<sl_host, sl_account> hosts("host_flows", UniqueFd(dup(lab.map("host_flows"))));
  (void)hosts.for_each([&](const sl_host& host, const sl_account& row) {
    counted.hosts[fmt::format("{} {}", host_key(host.address), host.vrf)] = {row.flows, row.waiting};
  });
  (void)rows_of<sl_account>(lab, "host_shared").for_each([&](uint32_t, const sl_account& row) {
    counted.shared += row.flows;
    counted.shared_waiting += row.waiting;
  });
  (void)rows_of<sl_tenant>(lab, "tenant_flows").for_each([&](uint32_t number, const sl_tenant& row) {
    const uint32_t flows = row.flows[0] + row.flows[1];
    if (flows || row.waiting)
      counted.tenants[fmt::format("{} {}", (number & SL_TENANT_OUTSIDE) != 0, number & 0xffff)] = {
          flows, row.waiting};
  });
  return counted;
}

// How many flows and tenants there are is known as a sum as well, beside the hand of each family.
std::string hand_flaws(Lab& lab, const std::vector<FlowRow>& rows) {
  std::map<uint32_t, uint32_t> flows, tenants;
  for (const FlowRow& row : rows) flows[row.tuple.family == 6] += !(row.flow.flags & SL_FLOW_REPLY);
  (void)rows_of<sl_tenant>(lab, "tenant_flows").for_each([&](uint32_t, const sl_tenant& row) {
    for (const uint32_t family : {0u, 1u}) tenants[family] += row.flows[family] != 0;
  });
  std::string flaws;
  (void)rows_of<sl_gc_cursor>(lab, "gc_cursors").for_each([&](uint32_t family, const sl_gc_cursor& hand) {
    if (hand.live != flows[family] || hand.tenants != tenants[family])
      flaws += fmt::format("{} flows of {} tenants are counted, of {} and {}; ", hand.live, hand.tenants,
                           flows[family], tenants[family]);
  });
  return flaws;
}

std::string account_flaws(Lab& lab, const std::vector<FlowRow>& rows) {
  const Accounts wanted = wanted_accounts(lab, rows), counted = counted_accounts(lab);
  std::string flaws = hand_flaws(lab, rows);
  if (!(wanted == counted))
    flaws +=
        fmt::format("{} hosts and {} tenants have flows, {} and {} are counted, or their numbers differ; ",
                    wanted.hosts.size(), wanted.tenants.size(), counted.hosts.size(), counted.tenants.size());
  return flaws;
}

// By what the flows say: each that is half open and guarded counts at where it leads.
std::string target_flaws(Lab& lab, const std::vector<FlowRow>& rows) {
  std::map<std::string, uint32_t> wanted, counted;
  const auto key = [](const sl_addr& address, uint16_t port, uint16_t vrf) {
    return fmt::format("{} {} {}", host_key(address), port, vrf);
  };
  for (const FlowRow& row : rows) {
    const sl_tuple back = peer_of(row);
    if ((row.flow.flags & SL_FLOW_GUARDED) && row.flow.state == SL_FLOW_HALF_OPEN)
      ++wanted[key(back.source, back.source_port, back.vrf)];
  }
  const BpfMap<sl_target, uint32_t> targets("half_open_targets", UniqueFd(dup(lab.map("half_open_targets"))));
  (void)targets.for_each([&](const sl_target& target, uint32_t count) {
    counted[key(target.address, target.port, target.vrf)] = count;
  });
  if (wanted == counted) return "";
  return fmt::format("{} targets have half-open flows, and {} are counted, or their numbers differ; ",
                     wanted.size(), counted.size());
}

}   // namespace

std::vector<SlotRow> slot_rows(Lab& lab) {
  std::vector<SlotRow> rows;
  read_slots<sl_flow_slot4>(lab, "flow_slots4", rows);
  read_slots<sl_flow_slot6>(lab, "flow_slots6", rows);
  return rows;
}

void make_due(Lab& lab, const sl_tuple& tuple) {
  for (const SlotRow& row : slot_rows(lab)) {
    if (!same(row.tuple, tuple)) continue;
    if (tuple.family == 4)
      set_due<sl_flow_slot4>(lab, "flow_slots4", row.number, lab.jiffies());
    else
      set_due<sl_flow_slot6>(lab, "flow_slots6", row.number, lab.jiffies());
  }
}

void age_all_flows(Lab& lab, uint32_t seconds) {
  const uint32_t ticks = seconds * lab.tables().config->hz;
  for (FlowRow row : flow_rows(lab)) {
    row.flow.stamp -= ticks;
    put_flow(lab, row);
  }
  for (const SlotRow& row : slot_rows(lab)) {
    if (row.tuple.family == 4)
      set_due<sl_flow_slot4>(lab, "flow_slots4", row.number, row.head.due - ticks);
    else
      set_due<sl_flow_slot6>(lab, "flow_slots6", row.number, row.head.due - ticks);
  }
}

std::string slot_flaws(Lab& lab, const std::vector<FlowRow>& rows) {
  std::map<std::pair<uint8_t, uint32_t>, sl_tuple> by_number;
  for (const SlotRow& row : slot_rows(lab)) by_number[{row.tuple.family, row.number}] = row.tuple;
  std::string all;
  size_t originals = 0;
  for (const FlowRow& row : rows) {
    const sl_tuple original = row.flow.flags & SL_FLOW_REPLY ? peer_of(row) : row.tuple;
    const auto at = by_number.find({original.family, row.flow.slot});
    if (at == by_number.end() || !same(at->second, original)) all += route_of(row.tuple) + " has no slot; ";
    originals += !(row.flow.flags & SL_FLOW_REPLY);
  }
  if (by_number.size() != originals)
    all += fmt::format("{} slots are taken for {} flows; ", by_number.size(), originals);
  const TableUse use = lab.engine().tables().value();
  if (use.flows != originals) all += fmt::format("{} flows are counted of {}; ", use.flows, originals);
  return all + account_flaws(lab, rows) + target_flaws(lab, rows);
}

}   // namespace sluice::test
