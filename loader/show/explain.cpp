// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/protocol.hpp"
#include "base/text.hpp"
#include "compile/common/drop_reason.hpp"
#include "explain/kernel_routes.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;

json named(const std::string& name) { return name.empty() ? json() : json(name); }

json stages_of(const Explanation& told) {
  json rows = json::array();
  for (const Stage& stage : told.stages)
    rows.push_back({{"stage", stage.name}, {"rule", named(stage.rule)}, {"finding", stage.finding}});
  return rows;
}

json reason_of(const Explanation& told) {
  const DropReason* reason = drop_reason(told.reason);
  return reason ? json(reason->name()) : json();
}

json original_of(const Explanation& told) {
  return {{"source", told.source.address.to_string()},
          {"source_port", told.source.port},
          {"destination", told.destination.address.to_string()},
          {"destination_port", told.destination.port}};
}

json translated_of(const Explanation& told) {
  if (told.reason) return nullptr;
  const auto& source = told.new_source;
  const auto& port = told.new_source_port;
  return {{"source", source ? json(source->to_string()) : json()},
          {"source_port", port ? json(*port) : json()},
          {"destination", told.new_destination.address.to_string()},
          {"destination_port", told.new_destination.port}};
}

json answer_of(const Explanation& told, std::string_view engine) {
  return {{"verdict", to_string(told.verdict)},
          {"reason", reason_of(told)},
          {"engine", engine},
          {"known_flow", told.is_known_flow},
          {"protocol", protocol_name(told.protocol)},
          {"original", original_of(told)},
          {"translated", translated_of(told)},
          {"from_zone", named(told.from_zone)},
          {"to_zone", named(told.to_zone)},
          {"from_vrf", named(told.from_vrf)},
          {"to_vrf", named(told.to_vrf)},
          {"from_endpoint", named(told.from_endpoint)},
          {"to_endpoint", named(told.to_endpoint)},
          {"interface_in", told.interface_in},
          {"interface_out", named(told.interface_out)},
          {"next_hop", told.next_hop ? json(told.next_hop->to_string()) : json()},
          {"mtu", told.mtu ? json(told.mtu) : json()},
          {"policy", named(told.policy)},
          {"nat", named(told.nat)},
          {"limits", told.limits},
          {"stages", stages_of(told)}};
}

// Flows and mappings of netfilter are asked for by their whole tuple: a stranger never meets a mapping there,
// and flows of two VRFs that look the same get other ports.
Result<sl_explained> judge_by_rules(Gateway& gateway, World& world, const Question& question) {
  world.has_mappings = world.keeps_ports = false;
  world.flows = TRY(gateway.engine().flows());
  KernelRoutes routes(gateway.rtnl(), world.observed);
  return judge(world, routes, question);
}

Result<Explanation> explain_now(Gateway& gateway, const Question& question) {
  const Observed observed = TRY(gateway.observe(gateway.current()->document));
  const NumberedRules rules = gateway.rules(observed);
  World world{gateway.current()->document, observed, rules};
  const auto by_programs =
      TRY(gateway.engine().explain(packet_of(question), index_of(observed, question.in), question.as_new));
  return tell(world, question, by_programs ? *by_programs : TRY(judge_by_rules(gateway, world, question)));
}

}   // namespace

Result<json> show_explain(Gateway& gateway, const ExplainRequest& packet) {
  if (!gateway.current()) return fail(kNoDocument);
  Question question = TRY(parse_question({packet.in, packet.protocol, packet.source, packet.destination},
                                         gateway.current()->document));
  question.as_new = packet.as_new;
  const Explanation told = TRY(explain_now(gateway, question));
  return answer_of(told, gateway.engine().name());
}

}   // namespace sluice
