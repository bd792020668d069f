// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/story.hpp"

#include <fmt/format.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include "compile/common/drop_reason.hpp"
#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/explained.h"

namespace sluice {
namespace {

std::string zone_called(const CaptureNames& names, uint16_t number) {
  return number < names.zones.size() ? names.zones[number] : fmt::format("zone {}", number);
}

// "policy "lan-out" (home.json:14)"
std::string rule_called(const CaptureNames& names, uint32_t number) {
  const auto at = names.rules.find(number);
  if (at == names.rules.end()) return fmt::format("rule {}", number);
  const CapturedRule& rule = at->second;
  const std::string place = rule.line ? fmt::format(" ({}:{})", names.file, rule.line) : std::string();
  return fmt::format("{} \"{}\"{}", rule.kind, rule.name, place);
}

std::string way_of(const sl_captured& out, const CaptureNames& names) {
  return fmt::format("{} > {}", zone_called(names, out.zone), zone_called(names, out.zone_out));
}

std::string rules_of(const sl_captured& out, const CaptureNames& names) {
  std::string text;
  if (out.policy) text += " by " + rule_called(names, out.policy);
  if (out.nat && out.nat != out.policy) text += ", translated by " + rule_called(names, out.nat);
  return text;
}

std::string reason_in_words(const sl_captured& out) {
  const DropReason* reason = drop_reason(out.reason);
  return reason ? fmt::format("{} ({})", reason->name(), reason->text) : "for no reason that is known";
}

// Then it is known where it leads to.
bool was_judged(const sl_captured& out) { return out.asked >= SL_ASKED_POLICY; }

std::string tell_dropped(std::string_view how, const sl_captured& out, const CaptureNames& names) {
  const std::string from = was_judged(out) ? way_of(out, names) : "from " + zone_called(names, out.zone);
  const std::string limit =
      out.reason == SL_DROP_OVER_LIMIT && out.limit ? ", " + rule_called(names, out.limit) : "";
  return fmt::format("{}: {}{}, {}{}", how, reason_in_words(out), limit, from, rules_of(out, names));
}

uint64_t tc_verdict(const sl_captured& out) {
  switch (out.verdict) {
    case SL_V_FORWARDED:
    case SL_V_ANSWERED: return TC_ACT_REDIRECT;
    case SL_V_DROPPED:
    case SL_V_PUT_OFF: return TC_ACT_SHOT;
    default: return TC_ACT_OK;   // as what passes is known by, whatever other programs say then
  }
}

}   // namespace

std::string tell_captured(const sl_captured& out, const CaptureNames& names) {
  switch (out.verdict) {
    case SL_V_FORWARDED: return fmt::format("forwarded: {}{}", way_of(out, names), rules_of(out, names));
    case SL_V_TO_HOST:
      return fmt::format("to the gateway itself: from {}{}", zone_called(names, out.zone),
                         rules_of(out, names));
    case SL_V_FROM_HOST:
      return fmt::format("from the gateway itself: to {}{}", zone_called(names, out.zone_out),
                         rules_of(out, names));
    case SL_V_DROPPED: return tell_dropped("dropped", out, names);
    case SL_V_ANSWERED: return tell_dropped("dropped and answered", out, names);
    case SL_V_PUT_OFF: return "put off: it waits for what belongs to it, or comes again in pieces";
    default: return "left to the kernel: it is no IP, or not for this machine";
  }
}

pcapng::Verdict verdict_of(const sl_captured& out) {
  using Kind = pcapng::Verdict::Kind;
  if (out.hook != SL_CAPTURED_XDP) return {Kind::kTc, tc_verdict(out)};
  return {Kind::kXdp, out.verdict == SL_V_FORWARDED ? uint64_t{XDP_REDIRECT} : uint64_t{XDP_DROP}};
}

}   // namespace sluice
