// SPDX-License-Identifier: GPL-2.0-or-later
// A gateway that was never seen, with the kernel's routes as a test lays them.
#pragma once

#include "compile/common/drop_reason.hpp"
#include "explain/explain.hpp"
#include "plan/plan_links.hpp"
#include "plan_fixture.hpp"

namespace sluice::test {

// Where networks lie: the longest prefix of a VRF wins. A route without a device throws.
class LaidRoutes final : public Routes {
 public:
  void lay(uint16_t vrf, std::string_view to, uint32_t ifindex, std::optional<IpAddress> via = std::nullopt) {
    rows_.push_back({vrf, *Prefix::parse(to), ifindex, via});
  }
  Result<RouteAnswer> find(uint16_t vrf, const IpAddress& destination) override {
    const Row* best = nullptr;
    for (const Row& row : rows_)
      if (row.vrf == vrf && row.to.address.family() == destination.family() && row.to.contains(destination) &&
          (!best || row.to.length > best->to.length))
        best = &row;
    if (!best || best->ifindex == 0)
      return RouteAnswer{.way = std::nullopt, .has_no_answer = best != nullptr};
    return RouteAnswer{.way = Way{best->ifindex, best->via, 0}};
  }

 private:
  struct Row {
    uint16_t vrf;
    Prefix to;
    uint32_t ifindex;
    std::optional<IpAddress> via;
  };
  std::vector<Row> rows_;
};

class ExplainedGateway : public testing::Test {
 protected:
  explicit ExplainedGateway(std::string_view text) : document(parsed(text)), seen(machine_for(document)) {
    Plan plan;
    rules = compile_rules(document, seen, plan_links(document, seen, EngineKind::kEbpf, plan));
    for (const auto& [index, row] : rules.interfaces)
      for (const Interface& interface : document.interfaces)
        if (seen.links.at(interface.name).index == index)
          for (const InterfaceAddress& own : interface.addresses)
            routes.lay(row.vrf, Prefix::of(own).to_string(), index);
  }

  Explanation ask(const char* in, const char* protocol, const char* source, const char* destination) {
    auto question = parse_question({in, protocol, source, destination}, document);
    if (!question) {
      ADD_FAILURE() << question.error().message;
      return {};
    }
    World world{document, seen, rules};
    world.flows = flows;
    world.mappings = mappings;
    world.keeps_ports = keeps_ports;
    return tell(world, *question, judge(world, routes, *question).value());
  }
  uint32_t index(const char* link) const { return seen.links.at(link).index; }
  uint32_t number(std::string_view object) const {
    for (const ObjectRow& row : rules.objects)
      if (row.name == object) return row.number;
    return 0;
  }

  Document document;
  Observed seen;
  NumberedRules rules;
  LaidRoutes routes;
  std::vector<FlowState> flows;
  std::vector<MappingState> mappings;
  bool keeps_ports = true;
};

// "forwarded", or the reason of a drop.
inline std::string outcome(const Explanation& told) {
  const DropReason* reason = drop_reason(told.reason);
  return reason ? reason->name() : std::string(to_string(told.verdict));
}

inline std::string leaves_as(const Explanation& told) {
  const std::string source = told.new_source ? told.new_source->to_string() : "?";
  const std::string port = told.new_source_port ? std::to_string(*told.new_source_port) : "?";
  return source + ":" + port + " > " + to_string(told.new_destination) + " by " + told.interface_out;
}

}   // namespace sluice::test
