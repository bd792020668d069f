// SPDX-License-Identifier: GPL-2.0-or-later
#include "mapper/mapper.hpp"

#include <algorithm>
#include <chrono>

#include "base/hex.hpp"

namespace sluice {
namespace {

using std::chrono::seconds;

pcp::Code code_of(MappingResult result) {
  switch (result) {
    case MappingResult::kGranted: return pcp::Code::kSuccess;
    case MappingResult::kNotAuthorized: return pcp::Code::kNotAuthorized;
    case MappingResult::kNetworkFailure: return pcp::Code::kNetworkFailure;
    case MappingResult::kNoResources: return pcp::Code::kNoResources;
    case MappingResult::kQuota: return pcp::Code::kQuota;
    case MappingResult::kNotThatPort: return pcp::Code::kCannotProvide;
  }
  return pcp::Code::kNoResources;
}

MappingRequest request_of(uint64_t number, const MappingZone& zone, const IpAddress& source,
                          const pcp::Request& request, seconds longest) {
  MappingRequest asked;
  asked.number = number;
  asked.key = {zone.name, request.third_party.value_or(source), request.protocol, request.inner};
  asked.nonce = request.is_nat_pmp ? "" : hex_of(request.nonce);
  asked.life = std::min(seconds(request.life), longest);
  asked.wanted_port = request.wanted;
  asked.exactly = request.exactly;
  asked.all = request.is_nat_pmp && request.inner == 0;
  return asked;
}

}   // namespace

uint32_t Mapper::epoch() const {
  const auto now = std::chrono::floor<seconds>(std::chrono::system_clock::now());
  return static_cast<uint32_t>(std::max(now - order_.start, seconds(0)).count());
}

// A zone's part is another one where there are others.
void Mapper::follow(const MappingOrder& order) {
  if (!std::ranges::equal(order.zones, order_.zones, {}, &MappingZone::name, &MappingZone::name))
    budgets_.clear();
  order_ = order;
}

const MappingZone* Mapper::find(const std::string& zone) const {
  const auto at = std::ranges::find(order_.zones, zone, &MappingZone::name);
  return at == order_.zones.end() ? nullptr : &*at;
}

bool Mapper::is_of_zone(const MappingZone& zone, const IpAddress& host) {
  const auto contains = [&](const Prefix& one) { return one.contains(host); };
  return std::ranges::any_of(zone.hosts, contains);
}

void Mapper::refuse(pcp::BytesView message, pcp::Code code, const Answer& answer) {
  ++counts_.refused;
  answer(pcp::write_error(message, code, epoch()));
}

// A forwarded port of IPv4 is what the gateway gives; what policies let IPv6 do is not for hosts to change.
std::optional<pcp::Code> Mapper::wrong_with_map(const MappingZone& zone, const IpAddress& source,
                                                const pcp::Request& request) const {
  if (request.third_party) {
    if (!order_.third_party) return pcp::Code::kUnsupportedOption;
    if (*request.third_party == source) return pcp::Code::kMalformedRequest;
    if (!request.third_party->is_ipv4() || !is_of_zone(zone, *request.third_party))
      return pcp::Code::kNotAuthorized;
  }
  if (!source.is_ipv4()) return pcp::Code::kNotAuthorized;
  if (!zone.outside) return pcp::Code::kNetworkFailure;
  const IpAddress& wanted = request.wanted_address;
  if (request.exactly && !wanted.is_unspecified() && wanted != *zone.outside)
    return pcp::Code::kCannotProvide;
  return std::nullopt;
}

std::optional<pcp::Code> Mapper::wrong_with(const MappingZone& zone, const IpAddress& source,
                                            const pcp::Request& request) const {
  if (!request.is_nat_pmp && request.client != source) return pcp::Code::kAddressMismatch;
  if (request.kind == pcp::Kind::kMap) return wrong_with_map(zone, source, request);
  if (request.kind == pcp::Kind::kAddress && !zone.outside) return pcp::Code::kNetworkFailure;
  return std::nullopt;
}

void Mapper::answer_at_once(const MappingZone& zone, const pcp::Request& request, const Answer& answer) {
  answer(pcp::write_answer(request, {.port = 0, .address = zone.outside.value_or(IpAddress()), .life = 0},
                           epoch()));
}

// Sources that are not of the zone are told nothing: what they say of themselves may be false.
void Mapper::hear(const std::string& name, const IpAddress& source, pcp::BytesView message, Answer answer) {
  const MappingZone* zone = find(name);
  if (!zone || !is_of_zone(*zone, source)) {
    ++counts_.strangers;
    return;
  }
  MessageBudgets& budgets = budgets_.try_emplace(name, order_.zones.size()).first->second;
  if (!budgets.take(source, MessageBudget::Clock::now())) {
    ++counts_.dropped;
    return;
  }
  auto request = pcp::read_request(message);
  if (!request && !request.error()) {
    ++counts_.dropped;
    return;
  }
  ++counts_.heard;
  if (!request) return refuse(message, *request.error(), answer);
  if (const auto wrong = wrong_with(*zone, source, *request)) return refuse(message, *wrong, answer);
  if (request->kind != pcp::Kind::kMap) return answer_at_once(*zone, *request, answer);
  ask(*zone, source, std::move(*request), std::move(answer));
}

bool Mapper::has_room(const std::string& zone) const {
  const auto waits = [&](const auto& one) { return one.second.zone == zone; };
  return static_cast<size_t>(std::ranges::count_if(open_, waits)) < kMostOpen / order_.zones.size();
}

void Mapper::ask(const MappingZone& zone, const IpAddress& source, pcp::Request request, Answer answer) {
  if (!has_room(zone.name)) {
    ++counts_.dropped;
    return;
  }
  const uint64_t number = ++asked_;
  const MappingRequest asked = request_of(number, zone, source, request, order_.longest);
  open_.emplace(number, Open{zone.name, std::move(request), std::move(answer)});
  ask_(asked);
}

void Mapper::done(const MappingAnswer& granted) {
  auto open = open_.extract(granted.number);
  if (open.empty()) return;
  const auto& [name, request, answer] = open.mapped();
  const MappingZone* zone = find(name);
  if (granted.result != MappingResult::kGranted || !zone || !zone->outside)
    return refuse(
        request.message,
        granted.result == MappingResult::kGranted ? pcp::Code::kNetworkFailure : code_of(granted.result),
        answer);
  const bool is_over = granted.life == seconds(0);
  answer(pcp::write_answer(request,
                           {.port = is_over && !request.is_nat_pmp ? request.wanted : granted.port,
                            .address = is_over ? request.wanted_address : *zone->outside,
                            .life = static_cast<uint32_t>(granted.life.count())},
                           epoch()));
}

}   // namespace sluice
