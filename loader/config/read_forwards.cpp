// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "base/protocol.hpp"
#include "base/text.hpp"
#include "config/address_values.hpp"
#include "config/complaints.hpp"
#include "config/read.hpp"
#include "config/target.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kForwardKeys[] = {"name", "listen", "protocol",  "ports",      "to",
                                             "vrf",  "source", "half_open", "syn_cookies"};
constexpr std::string_view kProtocols[] = {"tcp", "udp"};
constexpr uint32_t kMostHalfOpen = 1'000'000;

bool can_listen(const IpAddress& address, const Node& node, Complaints& complaints) {
  if (address.is_unspecified()) {
    complaints.say(node, fmt::format("{} would take the port on every address", quote(node.text)),
                   "an address, or the name of an interface");
    return false;
  }
  if (!address.is_multicast() && !address.is_loopback()) return true;
  complaints.say(node, fmt::format("{} cannot be forwarded", quote(node.text)),
                 "a unicast address of this gateway");
  return false;
}

uint32_t count_ports(const std::vector<PortRange>& ports) {
  uint32_t count = 0;
  for (const auto& range : ports) count += range.size();
  return count;
}

void check_target_ports(const Node& node, const PortRange& target, bool is_range, uint32_t count,
                        Complaints& complaints) {
  if (is_range && target.size() != count)
    complaints.say(node, fmt::format("{} ports outside, but {} in the target", count, target.size()),
                   "as many on both sides, or only the first port of the target");
  else if (uint32_t{target.first} + count - 1 > 65535)
    complaints.say(node, fmt::format("{} ports from {} on pass 65535", count, target.first),
                   fmt::format("start at {} or lower", 65536 - count));
}

void set_target(const Node& node, const Target& target, Forward& forward, Complaints& complaints) {
  forward.to = target.address;
  if (!target.ports) return;
  forward.to_port = target.ports->first;
  if (const auto count = count_ports(forward.ports); count > 0)
    check_target_ports(node, *target.ports, target.is_range, count, complaints);
}

}   // namespace

std::optional<std::variant<IpAddress, std::string>> read_listen(const Node& node, Draft& draft) {
  const auto text = read_string(node, draft.complaints);
  if (!text) return std::nullopt;
  if (!looks_like_address(*text))
    return std::variant<IpAddress, std::string>(std::string(*text));   // found or not in check_forwards.cpp
  const auto address = parse_address(*text, node, draft.complaints);
  if (!address || !can_listen(*address, node, draft.complaints)) return std::nullopt;
  return std::variant<IpAddress, std::string>(*address);
}

std::vector<uint8_t> read_forward_protocols(const Node* node, Draft& draft) {
  if (!node) return {*parse_protocol("tcp")};
  std::vector<uint8_t> protocols;
  for (const Node* item : read_one_or_list(*node, draft.complaints))
    if (const auto word = read_word(*item, kProtocols, draft.complaints))
      protocols.push_back(*parse_protocol(kProtocols[*word]));
  return protocols;
}

std::optional<Forward> read_forward(const Node& node, Draft& draft) {
  const Members members(node, kForwardKeys, draft.complaints);
  const Node* listen_node = members.require("listen");
  const Node* ports_node = members.require("ports");
  const Node* to_node = members.require("to");
  Forward forward;
  forward.protocols = read_forward_protocols(members.find("protocol"), draft);
  forward.vrf = read_vrf_name(members, "vrf", draft);
  if (const Node* source = members.find("source")) forward.source = read_match(*source, draft);
  if (const Node* limit = members.find("half_open"))
    forward.half_open = read_count(*limit, 1, kMostHalfOpen, draft.complaints);
  if (const Node* cookies = members.find("syn_cookies"))
    forward.syn_cookies = read_bool(*cookies, draft.complaints).value_or(false);
  if (ports_node) forward.ports = read_ports(*ports_node, draft.complaints);
  const auto listen = listen_node ? read_listen(*listen_node, draft) : std::nullopt;
  const auto target = to_node ? read_target(*to_node, draft.complaints) : std::nullopt;
  if (target) set_target(*to_node, *target, forward, draft.complaints);
  if (!listen || !target || forward.ports.empty()) return std::nullopt;
  forward.listen = *listen;
  forward.line = draft.complaints.line_of(node);
  return forward;
}

void read_forwards(const Node& node, Draft& draft) {
  Names names(draft.complaints);
  for (const Node* item : read_list(node, draft.complaints)) {
    auto forward = read_forward(*item, draft);
    auto name = names.read(*item);
    if (!forward) continue;
    forward->name = std::move(name);
    draft.forwards.push_back({std::move(*forward), item});
  }
}

}   // namespace sluice::config
