// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/carrying.hpp"

#include <fmt/format.h>
#include <netinet/in.h>

#include <map>

#include "engine/state.hpp"

namespace sluice {
namespace {

// Why one flow cannot go on; null: it can.
const char* why_not_by_nftables(const FlowState& flow) {
  if (has_unknown_shift(flow)) return kUnknownShift;
  switch (flow.protocol) {
    case IPPROTO_SCTP: return "netfilter wants to know its verification tags, which nobody recorded";
    case IPPROTO_GRE: return "netfilter forgets a GRE flow that it did not see begin";
    default: return nullptr;
  }
}

const char* why_not_by_ebpf(const FlowState& flow) {
  if (has_unknown_shift(flow)) return kUnknownShift;
  const bool new_ports = flow.reply.destination_port != flow.original.source_port ||
                         flow.reply.source_port != flow.original.destination_port;
  return flow.protocol == IPPROTO_SCTP && new_ports ? "the packet path does not change ports of SCTP"
                                                    : nullptr;
}

struct LeftBehind {
  size_t count = 0;
  std::string example;
};

std::string say(const char* why, const LeftBehind& left) {
  if (left.count == 1) return fmt::format("flow {} will not be carried over: {}", left.example, why);
  return fmt::format("{} flows, {} the first, will not be carried over: {}", left.count, left.example, why);
}

// A flow takes two rows.
std::string say_about_room(size_t flows, uint32_t rows, const char* family) {
  if (2 * flows <= rows) return "";
  return fmt::format("{} of {} {} flows will not be carried over: the flow table has room for {}",
                     flows - rows / 2, flows, family, rows / 2);
}

}   // namespace

std::vector<std::string> sentences_about_carrying(const std::vector<FlowState>& flows, EngineKind to,
                                                  const TableSizes& sizes) {
  std::vector<std::string> sentences;
  std::map<const char*, LeftBehind> left;
  size_t ipv4 = 0;
  for (const FlowState& flow : flows) {
    ipv4 += flow.original.source.is_ipv4();
    const char* why = to == EngineKind::kEbpf ? why_not_by_ebpf(flow) : why_not_by_nftables(flow);
    if (why && left[why].count++ == 0) left[why].example = to_string(flow);
  }
  for (const auto& [why, behind] : left) sentences.push_back(say(why, behind));
  if (to != EngineKind::kEbpf) return sentences;
  for (const std::string& text : {say_about_room(ipv4, sizes.flows4, "IPv4"),
                                  say_about_room(flows.size() - ipv4, sizes.flows6, "IPv6")})
    if (!text.empty()) sentences.push_back(text);
  return sentences;
}

}   // namespace sluice
