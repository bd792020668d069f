// SPDX-License-Identifier: GPL-2.0-or-later
#include "show/flow_tally.hpp"

#include <functional>

#include "engine/flow_reader.hpp"
#include "model/routing.hpp"

namespace sluice {

size_t FlowTallier::PlaceHash::operator()(const Place& place) const {
  const auto& bytes = place.address.bytes();
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return std::hash<std::string_view>{}(text) ^ place.vrf;
}

Result<FlowTallier> FlowTallier::begin(Gateway& gateway) {
  FlowTallier tallier;
  tallier.rest_ = TRY(gateway.engine().objects_at_rest());
  tallier.tally_.counts.flows.created = TRY(gateway.engine().flows_created());
  if (gateway.current()) tallier.add_places(gateway.current()->document);
  return tallier;
}

void FlowTallier::add_places(const Document& document) {
  for (const Vrf& vrf : document.vrfs) {
    tenants_.emplace(vrf.table, tally_.tenants.size());
    tally_.tenants.push_back({vrf.name, {}});
  }
  std::vector<std::pair<Place, size_t>> endpoints, pods;
  for (const Network& network : document.networks) {
    const uint16_t vrf = vrf_number(document, network.vrf);
    for (const NetworkEndpoint& endpoint : network.endpoints) {
      for (const auto& address : {endpoint.address, endpoint.address6})
        if (address) endpoints.push_back({{vrf, *address}, tally_.endpoints.size()});
      tally_.endpoints.push_back({{network.name, endpoint.name}, {}});
    }
  }
  for (const Pod& pod : document.pods) {
    if (pod.address) pods.push_back({{vrf_number(document, kPodVrf), *pod.address}, tally_.pods.size()});
    tally_.pods.push_back({pod.name, {}});
  }
  for (const auto& [place, row] : endpoints) places_.emplace(place, &tally_.endpoints[row].second);
  for (const auto& [place, row] : pods) places_.emplace(place, &tally_.pods[row].second);
}

void FlowTallier::add_to_place(const Place& place, FlowPhase phase) {
  const auto at = places_.find(place);
  if (at != places_.end()) ++(*at->second)[static_cast<size_t>(phase)];
}

void FlowTallier::add_to_object(uint32_t number, const FlowState& flow) {
  if (number == 0) return;
  Carried& carried = objects_[number];
  carried.packets += flow.original.packets + flow.reply.packets;
  carried.bytes += flow.original.bytes + flow.reply.bytes;
}

void FlowTallier::note(const FlowState& flow) {
  ++tally_.counts.flows.live[static_cast<size_t>(flow.phase)][flow.original.source.is_ipv4() ? 0 : 1];
  if (const auto at = tenants_.find(flow.vrf_in); at != tenants_.end())
    ++tally_.tenants[at->second].second[static_cast<size_t>(flow.phase)];
  if (!places_.empty()) {
    add_to_place({flow.vrf_in, flow.original.source}, flow.phase);
    add_to_place({flow.vrf_out, flow.reply.source}, flow.phase);
  }
  if (rest_.with_live) return;
  add_to_object(flow.policy, flow);
  if (flow.nat != flow.policy) add_to_object(flow.nat, flow);
}

FlowTally FlowTallier::end() && {
  for (ObjectCount& object : rest_.objects) {
    const auto at = objects_.find(object.number);
    if (at == objects_.end()) continue;
    object.packets += at->second.packets;
    object.bytes += at->second.bytes;
  }
  tally_.counts.objects = std::move(rest_.objects);
  return std::move(tally_);
}

Result<FlowTally> tally_at_once(Gateway& gateway) {
  auto tallier = TRY(FlowTallier::begin(gateway));
  const auto reader = TRY(gateway.engine().read_flow_ends());
  std::vector<FlowState> piece;
  for (bool more = true; more; piece.clear()) {
    more = TRY(reader->next(piece));
    for (const FlowState& flow : piece) tallier.note(flow);
  }
  return std::move(tallier).end();
}

}   // namespace sluice
