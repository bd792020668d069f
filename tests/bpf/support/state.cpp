// SPDX-License-Identifier: GPL-2.0-or-later
#include "state.hpp"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <fmt/format.h>

#include <cstring>
#include <map>

#include "engine/ebpf/flow_rows.hpp"
#include "homes.hpp"
#include "quotas.hpp"
#include "slots.hpp"

namespace sluice::test {
namespace {

using Key = std::string;   // the bytes of a struct

template <class T>
Key bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

std::string endpoint_text(const sl_endpoint& e) {
  return fmt::format("{}:{} protocol {}", address_of(e.address).to_string(), ntohs(e.port), e.protocol);
}

template <class K, class Home>
void write_over(const FlowTable<K, Home>& table, const K& key, Lab& lab, const sl_flow& flow) {
  Home home;
  const auto read = [&](uint32_t number) -> Result<const Home*> {
    return bpf_map_lookup_elem(table.fd(), &number, &home) == 0 ? &home : nullptr;
  };
  const auto row = table.row_of(key, *lab.tables().config.operator->(), read).value();
  if (!row) return;
  const uint32_t at = *row / 2;
  home.flow[*row & 1] = flow;
  bpf_map_update_elem(table.fd(), &at, &home, BPF_EXIST);
}

uint32_t sum_of_addresses(const sl_tuple& t) {
  const auto* at = reinterpret_cast<const uint8_t*>(&t);
  return internet_sum(at, 2 * sizeof(sl_addr));
}

uint32_t sum_of_ports(const sl_tuple& t) {
  return uint32_t{ntohs(t.source_port)} + ntohs(t.destination_port);
}

// In ones' complement 0 and 0xffff are the same number.
bool is_delta(uint16_t delta, uint32_t from, uint32_t to) {
  return (from + ntohs(delta)) % 0xffff == to % 0xffff;
}

std::string flow_flaws(const FlowRow& row, const FlowRow* peer) {
  const std::string route = route_of(row.tuple);
  if (!peer) return route + " has no other half; ";
  std::string all;
  sl_tuple out = peer->tuple;   // the other half's key, turned round, is what leaves
  std::swap(out.source, out.destination);
  std::swap(out.source_port, out.destination_port);
  if (!is_delta(row.flow.address_delta, sum_of_addresses(row.tuple), sum_of_addresses(out)))
    all += route + " has a wrong address delta; ";
  if (!is_delta(row.flow.port_delta, sum_of_ports(row.tuple), sum_of_ports(out)))
    all += route + " has a wrong port delta; ";
  if (row.flow.state != peer->flow.state) all += route + " is in another state than its other half; ";
  if (row.flow.zone != peer->flow.zone_out || row.flow.zone_out != peer->flow.zone)
    all += route + " has other zones than its other half; ";
  if (peer == &row) return all;   // who sends to its own mapping
  if ((row.flow.flags ^ peer->flow.flags) & SL_FLOW_REPLY) return all;
  return all + route + " and its other half have the same direction; ";
}

using References = std::map<Key, uint32_t>;

sl_endpoint destination_of(const sl_tuple& t, uint16_t vrf) {
  return {.address = t.destination,
          .port = t.destination_port,
          .protocol = t.protocol,
          .zero = 0,
          .scope = 0,
          .vrf = vrf,
          .zero2 = 0};
}

References references_of(const std::vector<FlowRow>& rows) {
  References references;
  for (const FlowRow& row : rows) {
    if (row.flow.flags & SL_FLOW_MAPPED)
      ++references[bytes_of(destination_of(peer_of(row), row.flow.outside_vrf))];
    if (row.flow.flags & SL_FLOW_TO_MAPPING) ++references[bytes_of(destination_of(row.tuple, row.flow.view))];
  }
  return references;
}

// What flows hold of nat_peers: the outside endpoint that they use, and who talks to it.
References peers_of(const std::vector<FlowRow>& rows) {
  References references;
  for (const FlowRow& row : rows) {
    if (!(row.flow.holds & SL_HOLDS_PEER)) continue;
    const bool asked = row.flow.flags & SL_FLOW_TO_MAPPING;
    const sl_tuple arrives = asked ? row.tuple : peer_of(row);
    const uint16_t vrf = asked ? row.flow.view : row.flow.outside_vrf;
    ++references[bytes_of(sl_peer_key{.outside = destination_of(arrives, vrf), .peer = arrives.source})];
  }
  return references;
}

std::string peer_flaws(Lab& lab, References wanted) {
  std::string all;
  sl_peer_key key{}, next{};
  sl_peer value{};
  for (const sl_peer_key* at = nullptr; bpf_map_get_next_key(lab.map("nat_peers"), at, &next) == 0;
       at = &key) {
    key = next;
    bpf_map_lookup_elem(lab.map("nat_peers"), &key, &value);
    const auto flows = wanted.extract(bytes_of(key));
    if (flows.empty() || flows.mapped() != value.references)
      all += fmt::format("{} is sent to by {}, flows of which count {}; ", endpoint_text(key.outside),
                         address_of(key.peer).to_string(), value.references);
  }
  return wanted.empty() ? all : all + fmt::format("{} peers are not there; ", wanted.size());
}

// A live mapping is what new flows of its inside endpoint get, unless the gateway itself took the port.
std::string mapping_flaws(Lab& lab, const References& references) {
  std::string all;
  std::map<Key, MappingRow> outside;
  for (const MappingRow& row : mapping_rows(lab, "nat_outside")) outside[bytes_of(row.key)] = row;
  for (const auto& [key, row] : outside) {
    const auto wanted = references.find(key);
    const uint32_t flows = wanted == references.end() ? 0 : wanted->second;
    if (row.value.references != flows)
      all += fmt::format("mapping of {} counts {} flows of {}; ", endpoint_text(row.value.other),
                         row.value.references, flows);
  }
  for (const MappingRow& row : mapping_rows(lab, "nat_inside")) {
    const auto at = outside.find(bytes_of(row.value.other));
    if (at == outside.end() || at->second.value.references == 0 ||
        bytes_of(at->second.value.other) != bytes_of(row.key))
      all += "mapping of " + endpoint_text(row.key) + " has no inverse; ";
  }
  for (const auto& [key, flows] : references)
    if (!outside.contains(key)) all += fmt::format("{} flows use a mapping that is not there; ", flows);
  return all;
}

}   // namespace

std::vector<FlowRow> flow_rows(Lab& lab) {
  std::vector<FlowRow> rows;
  for_each_flow(lab.tables(), [&](const sl_tuple& tuple, const sl_flow& flow) {
    rows.push_back({tuple, flow});
  }).value();
  return rows;
}

std::string route_of(const sl_tuple& t) {
  const std::string from = address_of(t.source).to_string(), to = address_of(t.destination).to_string();
  const auto at = [](const std::string& a, __be16 port) {
    return a.contains(':') ? fmt::format("[{}]:{}", a, ntohs(port)) : fmt::format("{}:{}", a, ntohs(port));
  };
  return at(from, t.source_port) + " > " + at(to, t.destination_port);
}

std::optional<FlowRow> find_flow(Lab& lab, const std::string& route) {
  for (const FlowRow& row : flow_rows(lab))
    if (route_of(row.tuple) == route) return row;
  return std::nullopt;
}

void put_flow(Lab& lab, const FlowRow& row) {
  if (row.tuple.family == 4)
    write_over(lab.tables().flows4, key4_of(row.tuple), lab, row.flow);
  else
    write_over(lab.tables().flows6, key6_of(row.tuple), lab, row.flow);
}

void age_flow(Lab& lab, const std::string& route, uint32_t seconds) {
  auto row = find_flow(lab, route);
  if (!row) return;
  auto peer = find_flow(lab, route_of(peer_of(*row)));
  for (auto* half : {&row, &peer}) {
    if (!*half) continue;
    (*half)->flow.stamp -= seconds * lab.tables().config->hz;
    put_flow(lab, **half);
    make_due(lab, (*half)->tuple);
  }
}

void end_all_flows(Lab& lab, Runner& runner) {
  std::vector<sl_tuple> tuples;
  for (const FlowRow& row : flow_rows(lab)) tuples.push_back(row.tuple);
  (void)runner.visit(tuples, Runner::Mode::kAll);
}

std::vector<MappingRow> mapping_rows(Lab& lab, const std::string& map) {
  std::vector<MappingRow> rows;
  sl_endpoint key{}, next{};
  const int fd = lab.map(map);
  for (const sl_endpoint* at = nullptr; bpf_map_get_next_key(fd, at, &next) == 0; at = &key) {
    key = next;
    sl_mapping value{};
    if (bpf_map_lookup_elem(fd, &key, &value) == 0) rows.push_back({key, value});
  }
  return rows;
}

std::string phase_of(Lab& lab, const std::string& route) {
  const auto row = find_flow(lab, route);
  if (!row) return "no flow";
  switch (row->flow.state) {
    case SL_FLOW_HALF_OPEN: return "half open";
    case SL_FLOW_ESTABLISHED: return "established";
    case SL_FLOW_CLOSING: return "closing";
    case SL_FLOW_OVER: return "over";
    case SL_FLOW_TOLD: return "told";
  }
  return "nonsense";
}

std::string state_flaws(Lab& lab) {
  const std::vector<FlowRow> rows = flow_rows(lab);
  std::map<Key, const FlowRow*> by_tuple;
  for (const FlowRow& row : rows) by_tuple[bytes_of(row.tuple)] = &row;
  std::string all;
  for (const FlowRow& row : rows) {
    const auto peer = by_tuple.find(bytes_of(peer_of(row)));
    all += flow_flaws(row, peer == by_tuple.end() ? nullptr : peer->second);
  }
  return all + home_flaws(lab) + slot_flaws(lab, rows) + quota_flaws(lab, rows) +
         mapping_flaws(lab, references_of(rows)) + peer_flaws(lab, peers_of(rows));
}

}   // namespace sluice::test
