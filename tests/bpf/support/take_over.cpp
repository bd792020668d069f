// SPDX-License-Identifier: GPL-2.0-or-later
#include "take_over.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "config/config.hpp"
#include "documents.hpp"
#include "kernel/observe.hpp"
#include "plan/planner.hpp"

namespace sluice::test {
namespace {

struct End {
  IpAddress address;
  uint16_t port;
};

End end_of(const std::string& text) {
  const size_t colon = text.rfind(':');
  return {IpAddress::parse(text.substr(0, colon)).value(),
          static_cast<uint16_t>(std::stoi(text.substr(colon + 1)))};
}

uint16_t zone_number(const NumberedRules& rules, const std::string& name) {
  return static_cast<uint16_t>(std::ranges::find(rules.zones, name) - rules.zones.begin());
}

}   // namespace

std::shared_ptr<const NumberedRules> rules_of(Lab& lab, const std::string& document) {
  const CheckResult checked = check_document(document, "test.json");
  EXPECT_TRUE(checked);
  Observed observed = observe_network().value();
  observed.engine = lab.engine().observe(observed.links).value();
  return make_plan(checked->document, observed).value().rules;
}

TakenOver take_over_flows(Lab& lab, const std::vector<FlowState>& flows, const std::string& document) {
  auto taken = take_over(lab.tables(), lab.runner(), flows, *rules_of(lab, document));
  EXPECT_TRUE(taken) << taken.error().message;
  EXPECT_TRUE(lab.engine().adopt_rows());
  return taken.value_or(TakenOver{});
}

FlowState udp_flow(Lab& lab, const std::string& inside, const std::string& outside, const std::string& far) {
  static const auto rules = rules_of(lab, home_document());
  const End from = end_of(inside), as = end_of(outside), to = end_of(far);
  FlowState flow;
  flow.protocol = kUdp;
  flow.phase = FlowPhase::kEstablished;
  flow.original = {from.address, to.address, from.port, to.port, 5, 500};
  flow.reply = {to.address, as.address, to.port, as.port, 4, 400};
  flow.zone_in = zone_number(*rules, "lan");
  flow.zone_out = zone_number(*rules, "internet");
  flow.ifindex_in = lab.index(At::kLan);
  flow.ifindex_out = lab.index(At::kWan);
  flow.timeout_seconds = 300;
  return flow;
}

}   // namespace sluice::test
