// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/carrying.hpp"

#include <fmt/format.h>
#include <netinet/in.h>

#include <map>
#include <set>
#include <tuple>

#include "base/text.hpp"

namespace sluice {
namespace {

using Endpoint = std::tuple<uint8_t, IpAddress, uint16_t>;

Endpoint outside_of(const FlowState& f) { return {f.protocol, f.reply.destination, f.reply.destination_port}; }
Endpoint inside_of(const FlowState& f) { return {f.protocol, f.original.source, f.original.source_port}; }

std::string say(size_t count, std::string_view why) {
  return fmt::format("{} flow{} will not be carried over: {}", count, count == 1 ? "" : "s", why);
}

// Netfilter gives one outside port to several hosts that talk to different peers; the eBPF engine never does,
// because its mappings do not depend on the peer (RFC 4787 REQ-1).
size_t shared_ports(const std::vector<FlowState>& flows) {
  std::map<Endpoint, Endpoint> owner;
  size_t left = 0;
  for (const FlowState& f : flows)
    if (inside_of(f) != outside_of(f) && f.reply.destination_port != 0)
      left += owner.try_emplace(outside_of(f), inside_of(f)).first->second != inside_of(f);
  return left;
}

}   // namespace

std::vector<std::string> sentences_about_carrying(const std::vector<FlowState>& flows, EngineKind to) {
  std::vector<std::string> sentences;
  std::map<uint8_t, size_t> untold;   // protocols of which netfilter wants to know more than anybody recorded
  if (to == EngineKind::kNftables)
    for (const FlowState& f : flows)
      if (f.protocol == IPPROTO_SCTP || f.protocol == IPPROTO_GRE) ++untold[f.protocol];
  for (const auto& [protocol, count] : untold)
    sentences.push_back(say(count, fmt::format("netfilter cannot be told the state of {}", protocol_name(protocol))));
  if (to == EngineKind::kEbpf)
    if (const size_t shared = shared_ports(flows))
      sentences.push_back(say(shared, "netfilter gave their outside port to another host as well"));
  return sentences;
}

}   // namespace sluice
