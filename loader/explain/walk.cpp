// SPDX-License-Identifier: GPL-2.0-or-later
#include "explain/walk.hpp"

#include "compile/common/rows.hpp"

namespace sluice {
namespace detail {

void Walk::end(sl_verdict verdict) {
  told_.verdict = static_cast<uint8_t>(verdict);
  ended_ = true;
}

void Walk::leave_from(const IpAddress& source, uint16_t port) {
  source_out_ = {source, port};
  told_.source = row_address(source);
  told_.source_port = htons(port);
}

bool Walk::is_on_link_only() const {
  const auto is6 = [](const IpAddress& a) { return !a.is_ipv4() && a.is_link_local(); };
  return is6(in_.source.address) || is6(out_.destination.address);
}

Result<sl_explained> Walk::take() {
  using Stages = Passed (Walk::*)();
  // By the question that each answers; a question may have several.
  constexpr std::pair<sl_asked, Stages> kStages[] = {{SL_ASKED_INTERFACE, &Walk::enter},
                                                     {SL_ASKED_ADDRESSES, &Walk::admit},
                                                     {SL_ASKED_FLOW, &Walk::look_up_flow},
                                                     {SL_ASKED_POLICY, &Walk::judge_multicast},
                                                     {SL_ASKED_SOURCE, &Walk::judge_source},
                                                     {SL_ASKED_WAY, &Walk::find_way},
                                                     {SL_ASKED_HIDDEN, &Walk::judge_hidden},
                                                     {SL_ASKED_POLICY, &Walk::judge_policy},
                                                     {SL_ASKED_TRANSLATION, &Walk::translate_source},
                                                     {SL_ASKED_TUNNEL, &Walk::leave_tunnels_alone},
                                                     {SL_ASKED_ANSWERS, &Walk::meet_flows}};
  for (const auto& [asked, stage] : kStages) {
    told_.asked = static_cast<uint8_t>(asked);
    told_.reason = TRY((this->*stage)());
    if (told_.reason || ended_) break;
  }
  if (told_.reason)
    told_.verdict = SL_V_DROPPED;
  else if (!ended_)
    told_.verdict = to_host_ ? SL_V_TO_HOST : SL_V_FORWARDED;
  return told_;
}

}   // namespace detail

Result<sl_explained> judge(const World& world, Routes& routes, const Question& question) {
  return detail::Walk(world, routes, question).take();
}

}   // namespace sluice
