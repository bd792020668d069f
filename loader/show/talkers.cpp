// SPDX-License-Identifier: GPL-2.0-or-later
#include "show/talkers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <tuple>
#include <vector>

#include "maps/flow.h"
#include "show/first_rows.hpp"
#include "show/row_filter.hpp"

namespace sluice {
namespace {

using nlohmann::json;

// By what happens now, and before there are rates by what happened.
auto activity(const Talker& one) {
  return std::pair(one.sent_rate + one.received_rate, one.sent + one.received);
}

template <auto value>
bool busiest_first(const Talker& one, const Talker& other) {
  const auto mine = value(one), theirs = value(other);
  if (mine != theirs) return mine > theirs;
  return std::tie(one.vrf, one.address) < std::tie(other.vrf, other.address);
}

bool by_address(const Talker& one, const Talker& other) {
  return std::tie(one.address, one.vrf) < std::tie(other.address, other.vrf);
}

auto talker_sent_rate(const Talker& one) { return one.sent_rate; }
auto talker_received_rate(const Talker& one) { return one.received_rate; }
auto talker_packet_rate(const Talker& one) { return one.packet_rate; }
auto talker_flows(const Talker& one) { return one.flows; }
auto talker_bytes(const Talker& one) { return one.sent + one.received; }

constexpr std::pair<std::string_view, FirstRows<Talker>::Before> kTalkerOrders[] = {
    {"bytes_per_second", busiest_first<activity>},
    {"sent_bytes_per_second", busiest_first<talker_sent_rate>},
    {"received_bytes_per_second", busiest_first<talker_received_rate>},
    {"packets_per_second", busiest_first<talker_packet_rate>},
    {"flows", busiest_first<talker_flows>},
    {"bytes", busiest_first<talker_bytes>},
    {"address", by_address},
};

Result<FirstRows<Talker>::Before> order_of(const TopQuery& query) {
  const std::string_view wanted = query.sort.empty() ? kTalkerOrders[0].first : query.sort;
  for (const auto& [name, before] : kTalkerOrders)
    if (name == wanted) return before;
  return fail(fmt::format("talkers have no order by \"{}\"", query.sort), ErrorKind::kUsage);
}

json row_of(const Talker& one, const Names& names) {
  return {{"address", one.address.to_string()},
          {"vrf", names.vrf(one.vrf)},
          {"zone", names.zone(one.zone)},
          {"flows", one.flows},
          {"packets", one.packets},
          {"bytes", one.sent + one.received},
          {"sent_bytes", one.sent},
          {"received_bytes", one.received},
          {"bytes_per_second", static_cast<uint64_t>(one.sent_rate + one.received_rate)},
          {"sent_bytes_per_second", static_cast<uint64_t>(one.sent_rate)},
          {"received_bytes_per_second", static_cast<uint64_t>(one.received_rate)},
          {"packets_per_second", static_cast<uint64_t>(one.packet_rate)}};
}

std::string words_of(const Talker& one, const Names& names) {
  const auto word = [](const json& name) { return name.is_string() ? name.get<std::string>() : ""; };
  return fmt::format("{} {} {}", one.address.to_string(), word(names.vrf(one.vrf)),
                     word(names.zone(one.zone)));
}

}   // namespace

Talkers::Hash::Hash() {
  std::random_device random;
  for (unsigned long long& word : secret_) word = uint64_t{random()} << 32 | random();
}

size_t Talkers::Hash::operator()(const Place& place) const {
  std::array<uint32_t, 5> words{};
  std::memcpy(words.data(), place.address.bytes().data(), 16);
  words[4] = place.vrf;
  return sl_flow_hash(secret_.data(), words.data(), static_cast<int>(words.size()));
}

Talkers::Talkers(size_t most) : most_(most) {}

void Talkers::begin() { all_.clear(); }

Talker& Talkers::at(const Place& place, uint16_t zone) {
  if (all_.size() >= 2 * most_ && !all_.contains(place)) let_go();
  Talker& one = all_[place];
  one.address = place.address;
  one.vrf = place.vrf;
  one.zone = zone;
  ++one.flows;
  return one;
}

void Talkers::let_go() {
  using Activity = decltype(activity(Talker{}));
  std::vector<Activity> done;
  done.reserve(all_.size());
  for (const auto& [place, one] : all_) done.push_back(activity(one));
  const auto middle = done.begin() + static_cast<ptrdiff_t>(most_);
  std::ranges::nth_element(done, middle, std::greater<>());
  const Activity least = *middle;
  std::erase_if(all_, [&](const auto& one) { return activity(one.second) <= least; });
}

void Talkers::add(const Place& place, uint16_t zone, const FlowDirection& sent, const FlowDirection& got,
                  const FlowRate& rate) {
  Talker& one = at(place, zone);
  one.sent += sent.bytes;
  one.received += got.bytes;
  one.packets += sent.packets + got.packets;
  one.sent_rate += double{rate.there};
  one.received_rate += double{rate.back};
  one.packet_rate += double{rate.packets};
}

// Who answers is the real other end, also where the destination was translated.
void Talkers::note(const FlowState& flow, const std::optional<FlowRate>& rate) {
  const FlowRate there = rate.value_or(FlowRate{}), back{there.back, there.there, there.packets};
  add({flow.original.source, flow.vrf_in}, flow.zone_in, flow.original, flow.reply, there);
  if (flow.reply.source.is_unspecified()) return;   // nobody knows: half of it is gone
  add({flow.reply.source, flow.vrf_out}, flow.zone_out, flow.reply, flow.original, back);
}

Result<> Talkers::check(const TopQuery& query) {
  TRY(order_of(query));
  return {};
}

Result<json> Talkers::rows(const TopQuery& query, const Names& names, uint64_t& matched) const {
  FirstRows<Talker> first(TRY(order_of(query)), query.reverse, query.rows);
  const RowFilter filter(query.filter);
  matched = 0;
  for (const auto& [place, one] : all_) {
    if (filter.any() && !filter.passes(words_of(one, names))) continue;
    ++matched;
    first.note(one);
  }
  json rows = json::array();
  for (const Talker& one : first.take()) rows.push_back(row_of(one, names));
  return rows;
}

}   // namespace sluice
