// SPDX-License-Identifier: GPL-2.0-or-later
#include "explain/walk.hpp"

#include <fmt/format.h>

#include "compile/common/drop_reason.hpp"

namespace sluice {
namespace detail {

void Walk::tell(std::string stage, std::string finding, std::string rule) {
  told_.stages.push_back({std::move(stage), std::move(rule), std::move(finding)});
}

void Walk::end(Verdict verdict) {
  told_.verdict = verdict;
  ended_ = true;
}

bool Walk::is_on_link_only() const {
  const auto is6 = [](const IpAddress& a) { return !a.is_ipv4() && a.is_link_local(); };
  return is6(in_.source.address) || is6(out_.destination.address);
}

// What the judgement found out, in names.
void Walk::finish(uint8_t reason) {
  told_.reason = reason;
  told_.protocol = question_.protocol;
  told_.interface_in = question_.in;
  told_.source = question_.source;
  told_.destination = question_.destination;
  if (!ended_) told_.verdict = to_host_ ? Verdict::kToHost : Verdict::kForwarded;
  if (reason) told_.verdict = reason == SL_DROP_REJECT ? Verdict::kRejected : Verdict::kDropped;
  if (const DropReason* why = drop_reason(reason))
    tell("verdict", fmt::format("{}: {}", to_string(told_.verdict), why->text), why->name());
  else
    tell("verdict", std::string(to_string(told_.verdict)));
}

Result<Explanation> Walk::take() {
  using Stages = Passed (Walk::*)();
  constexpr Stages kStages[] = {&Walk::enter,
                                &Walk::admit,
                                &Walk::look_up_flow,
                                &Walk::judge_multicast,
                                &Walk::judge_source,
                                &Walk::find_way,
                                &Walk::judge_hidden,
                                &Walk::judge_policy,
                                &Walk::translate_source,
                                &Walk::leave_tunnels_alone,
                                &Walk::meet_flows,
                                &Walk::meet_limits,
                                &Walk::wait_in_queue};
  uint8_t reason = SL_DROP_NONE;
  for (const Stages stage : kStages) {
    reason = TRY((this->*stage)());
    if (reason || ended_) break;
  }
  finish(reason);
  return std::move(told_);
}

}   // namespace detail

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kForwarded: return "forwarded";
    case Verdict::kToHost: return "to host";
    case Verdict::kDropped: return "dropped";
    case Verdict::kRejected: return "rejected";
  }
  return "dropped";
}

Result<Explanation> explain(const World& world, Routes& routes, const Question& question) {
  return detail::Walk(world, routes, question).take();
}

}   // namespace sluice
