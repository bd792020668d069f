// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/rules.hpp"

#include <fmt/format.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "kernel/netlink/addresses.hpp"
#include "kernel/netlink/attributes.hpp"

namespace sluice {
namespace {

constexpr uint32_t kWholeMark = 0xffffffff;

uint8_t family_of(const RuleRow& rule) { return rule.family == Family::kIpv4 ? AF_INET : AF_INET6; }

// A request is built in place, and every call answers it as an rvalue: it is never moved from.
// NOLINTBEGIN(bugprone-use-after-move)
NlRequest&& with_conditions(NlRequest&& request, const RuleRow& rule) {
  if (rule.mark) std::move(request).u32(FRA_FWMARK, rule.mark).u32(FRA_FWMASK, kWholeMark);
  if (!rule.in.empty()) std::move(request).text(FRA_IIFNAME, rule.in);
  if (!rule.out.empty()) std::move(request).text(FRA_OIFNAME, rule.out);
  if (rule.to) std::move(request).bytes(FRA_DST, wire_bytes(rule.to->address));
  return std::move(request);
}
// NOLINTEND(bugprone-use-after-move)

NlRequest request_of(uint16_t type, uint16_t flags, std::string_view verb, const RuleRow& rule) {
  fib_rule_hdr header{};
  header.family = family_of(rule);
  header.dst_len = rule.to ? rule.to->length : uint8_t{0};
  header.action = FR_ACT_TO_TBL;
  return with_conditions(NlRequest(type, flags, fmt::format("{} rule {}", verb, to_string(rule)))
                             .header(header)
                             .u32(FRA_TABLE, rule.table)
                             .u32(FRA_PRIORITY, rule.preference),
                         rule);
}

std::optional<Prefix> destination_of(const fib_rule_hdr& header, const Attributes& attributes) {
  const auto address = parse_ip(header.family, attributes.bytes(FRA_DST));
  if (!address) return std::nullopt;
  return Prefix{*address, header.dst_len};
}

// By something that a RuleRow does not have.
bool is_narrowed(const fib_rule_hdr& header, const Attributes& attributes) {
  constexpr uint16_t kOthers[] = {FRA_SRC,      FRA_FWMASK,      FRA_TUN_ID,     FRA_UID_RANGE,
                                  FRA_IP_PROTO, FRA_SPORT_RANGE, FRA_DPORT_RANGE};
  return header.tos || (header.flags & FIB_RULE_INVERT) ||
         std::ranges::any_of(kOthers, [&](uint16_t type) { return attributes.has(type); });
}

// Whoever put it there, and wherever: all packets ask for the machine's own addresses.
bool asks_for_own_addresses(const RuleRow& rule) {
  return rule.table == kTableLocal && rule.mark == 0 && rule.in.empty() && rule.out.empty() && !rule.to;
}

}   // namespace

NlRequest rules_request(Family family) {
  fib_rule_hdr header{};
  header.family = family == Family::kIpv4 ? AF_INET : AF_INET6;
  return NlRequest(RTM_GETRULE, 0, "list the routing rules").header(header);
}

NlRequest add_rule_request(const RuleRow& rule) {
  return request_of(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, "add", rule).u8(FRA_PROTOCOL, rule.protocol);
}

// Another's goes by where it stands. To the kernel, protocol 0 (what `ip rule add` lays) is any: with two
// rules in one place it would take away the other one, and then not find that.
NlRequest remove_rule_request(const RuleRow& rule) {
  if (rule.protocol != kRouteProtocol) return request_of(RTM_DELRULE, 0, "remove", rule);
  return request_of(RTM_DELRULE, 0, "remove", rule).u8(FRA_PROTOCOL, rule.protocol);
}

std::optional<RuleRow> parse_own_rule(const nlmsghdr& message) {
  const auto* header = fixed_part<fib_rule_hdr>(message);
  if (message.nlmsg_type != RTM_NEWRULE || !header || header->action != FR_ACT_TO_TBL) return std::nullopt;
  const Attributes attributes = Attributes::of(message, sizeof(*header));
  RuleRow rule;
  rule.family = header->family == AF_INET ? Family::kIpv4 : Family::kIpv6;
  rule.preference = attributes.u32(FRA_PRIORITY).value_or(0);
  rule.table = attributes.u32(FRA_TABLE).value_or(header->table);
  rule.mark = attributes.u32(FRA_FWMARK).value_or(0);
  rule.in = attributes.text(FRA_IIFNAME).value_or("");
  rule.out = attributes.text(FRA_OIFNAME).value_or("");
  rule.to = destination_of(*header, attributes);
  const auto protocol = attributes.bytes(FRA_PROTOCOL);
  rule.protocol = protocol.empty() ? uint8_t{0} : protocol[0];
  if (rule.protocol == kRouteProtocol) return rule;
  if (!asks_for_own_addresses(rule) || is_narrowed(*header, attributes)) return std::nullopt;
  return rule;
}

Result<std::set<RuleRow>> list_own_rules(RtnlSocket& rtnl) {
  std::set<RuleRow> rules;
  for (const Family family : {Family::kIpv4, Family::kIpv6})
    for (const RuleRow& rule : TRY(rtnl.dump(rules_request(family), parse_own_rule))) rules.insert(rule);
  return rules;
}

Result<> add_rule(RtnlSocket& rtnl, const RuleRow& rule) {
  TRY(rtnl.send_unless(add_rule_request(rule), {EEXIST}));
  return {};
}

Result<> remove_rule(RtnlSocket& rtnl, const RuleRow& rule) {
  TRY(rtnl.send_unless(remove_rule_request(rule), {ENOENT}));
  return {};
}

}   // namespace sluice
