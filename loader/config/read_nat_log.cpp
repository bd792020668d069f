// SPDX-License-Identifier: GPL-2.0-or-later
// To whom events of translation are told by IPFIX.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "config/complaints.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kNatLogKeys[] = {"collectors", "observation_domain", "journal"};
constexpr std::string_view kCollectorKeys[] = {"name", "to", "protocol"};
constexpr std::string_view kCollectorProtocols[] = {"udp", "tcp"};

bool may_collect(const Endpoint& place) {
  return !place.address.is_unspecified() && !place.address.is_multicast() && !place.address.is_link_local();
}

Endpoint read_collector_place(const Node& node, Draft& draft) {
  const auto text = read_string(node, draft.complaints);
  auto place = text ? parse_endpoint(*text) : std::nullopt;
  if (text && !place)
    if (const auto address = IpAddress::parse(*text)) place = Endpoint{*address, kIpfixPort};
  if (place && place->port != 0 && may_collect(*place)) return *place;
  if (text)
    draft.complaints.say(node, fmt::format("{} is not where a collector can be", quote(*text)),
                         R"(such as "198.51.100.7", "198.51.100.7:4739" or "[2001:db8::7]:4739")");
  return {};
}

Collector read_collector(const Node& node, Names& names, Draft& draft) {
  const Members members(node, kCollectorKeys, draft.complaints);
  Collector collector{.name = names.read(node), .to = {}};
  if (const Node* to = members.require("to")) collector.to = read_collector_place(*to, draft);
  if (const Node* protocol = members.find("protocol"))
    if (const auto word = read_word(*protocol, kCollectorProtocols, draft.complaints))
      collector.protocol = static_cast<CollectorProtocol>(*word);
  return collector;
}

// Two at one place would each have all of it.
void add_collector(const Node& node, Names& names, NatLog& log, Draft& draft) {
  Collector collector = read_collector(node, names, draft);
  const auto is_there = [&](const Collector& other) {
    return other.to == collector.to && other.protocol == collector.protocol;
  };
  const auto twin = std::ranges::find_if(log.collectors, is_there);
  if (twin != log.collectors.end() && collector.to.port != 0)
    draft.complaints.say(node, fmt::format("collector {} is told at this place already", quote(twin->name)),
                         "each place once");
  log.collectors.push_back(std::move(collector));
}

void read_collectors(const Node& node, NatLog& log, Draft& draft) {
  const Items items = read_list(node, draft.complaints);
  Names names(draft.complaints, items.size());
  if (node.kind == Kind::kList && (items.size() == 0 || items.size() > kMostCollectors))
    draft.complaints.say(node, fmt::format("{} collectors", items.size()),
                         fmt::format("1 to {} of them", kMostCollectors));
  else
    for (const Node* item : items) add_collector(*item, names, log, draft);
}

}   // namespace

void read_nat_log(const Node& node, Draft& draft) {
  const Members members(node, kNatLogKeys, draft.complaints);
  NatLog log;
  if (const Node* collectors = members.require("collectors")) read_collectors(*collectors, log, draft);
  if (const Node* domain = members.find("observation_domain"))
    log.domain = read_count(*domain, 1, std::numeric_limits<uint32_t>::max(), draft.complaints).value_or(1);
  if (const Node* journal = members.find("journal"))
    log.journal = read_bool(*journal, draft.complaints).value_or(true);
  log.line = draft.complaints.line_of(node);
  draft.nat_log = std::move(log);
}

}   // namespace sluice::config
