// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <numeric>

#include "config/config.hpp"
#include "devices.hpp"
#include "documents.hpp"
#include "kernel/bpf/load.hpp"
#include "kernel/netlink/addresses.hpp"
#include "kernel/netlink/links.hpp"
#include "kernel/netlink/routes.hpp"
#include "kernel/netlink/rules.hpp"
#include "kernel/observe.hpp"
#include "kernel/sysctl/sysctl.hpp"
#include "load_xdp.hpp"
#include "maps/budget.h"
#include "plan/planner.hpp"
#include "put_back.hpp"
#include "wipe.hpp"

namespace sluice::test {
namespace {}   // namespace

Lab& Lab::get() {
  static Lab* lab = [] {
    auto* made = new Lab;   // lives as long as the process: the kernel takes everything down with it
    if (const auto started = made->start(); !started) {
      std::cerr << "the lab does not start: " << started.error().message << std::endl;
      std::exit(1);
    }
    return made;
  }();
  return *lab;
}

Result<> Lab::start() {
  pins_ = std::make_unique<Pins>(TRY(leave_the_machine()));
  TRY(make_devices());
  TRY(load());
  TRY(apply_or_fail(home_document()));
  return add_routes();
}

Result<> Lab::make_devices() {
  for (size_t i = 0; i < kDeviceNames.size(); ++i) {
    indexes_[i] = TRY(make_device(kDeviceNames[i]));
    TRY(open_for_xdp(indexes_[i]));
  }
  auto rtnl = TRY(RtnlSocket::open());
  const auto links = TRY(list_links(rtnl));
  for (const ObservedLink& link : links)
    for (size_t i = 0; i < kDeviceNames.size(); ++i)
      if (link.name == kDeviceNames[i]) macs_[i] = link.mac;
  return {};
}

// The tables first, in sizes of the tests' own: the engine takes over what is pinned.
Result<> Lab::load() {
  TRY(load_programs(*pins_, kTableSizes));
  engine_ = TRY(EngineEbpf::open(*pins_));
  TRY(engine_->perform(step::LoadPrograms{}));
  TRY(connect_egress(*pins_));
  tables_ = std::make_unique<Tables>(TRY(Tables::open(*pins_)));
  runner_ = std::make_unique<Runner>(TRY(Runner::open(*pins_)));
  ingress_ = TRY(pins_->open(pins_->program("ingress")));
  egress_ = TRY(pins_->open(pins_->program("egress")));
  xdp_ = TRY(load_xdp(*pins_));
  return {};
}

Result<> Lab::add_neighbours() {
  struct Row {
    At device;
    uint8_t host;
    const char *ip4, *ip6;
  };
  constexpr Row kRows[] = {{At::kLan, 2, "192.168.10.2", "2001:db8:10::2"},
                           {At::kLan, 3, "192.168.10.3", "2001:db8:10::3"},
                           {At::kLan, 5, "192.168.10.5", "2001:db8:10::5"},
                           {At::kWan, 9, "203.0.113.9", "2001:db8:f::9"},
                           {At::kDmz, 2, "172.20.1.2", "2001:db8:20::2"}};
  for (const Row& row : kRows)
    for (const char* address : {row.ip4, row.ip6})
      TRY(add_neighbour(kDeviceNames[static_cast<size_t>(row.device)], address,
                        neighbour_mac(row.device, row.host)));
  return {};
}

Result<> Lab::add_routes() {
  TRY(add_route("198.51.100.0/24", "203.0.113.9", "wan"));
  TRY(add_route("2001:db8:99::/48", "2001:db8:f::9", "wan"));
  TRY(add_route("10.64.0.0/10", "192.168.10.2", "lan"));
  TRY(add_route("2001:db8:a::/48", "2001:db8:10::2", "lan"));
  TRY(add_route("fd01:203:400::/40", "2001:db8:10::2", "lan"));
  TRY(add_route("198.18.0.0/16", "", "bare"));
  return add_route("198.19.0.0/16", "", "foreign");
}

void Lab::apply(const std::string& document) {
  const auto applied = apply_or_fail(document);
  ASSERT_TRUE(applied) << applied.error().message;
}

void Lab::apply_again() {
  const std::string text = std::exchange(document_, "");
  apply(text);
}

void Lab::pretend(std::map<std::string, LinkParameters> made) {
  made_ = std::move(made);
  document_.clear();
}

void Lab::lead_main(std::vector<VrfRoute> routes) {
  main_routes_ = std::move(routes);
  document_.clear();
}

void Lab::bridge(std::vector<Interface> tunnels) {
  bridged_ = std::move(tunnels);
  document_.clear();
}

namespace {

// A text without networks is refused limits by endpoints, so those by VRF stand for them.
void make_network_of(Document& document, const Network& network) {
  document.networks.push_back(network);
  for (Limit& limit : document.limits)
    if (limit.key.kind == LimitKey::kVrf) limit.key.kind = LimitKey::kEndpoint;
}

}   // namespace

void Lab::pretend_network(std::optional<Network> network) {
  network_ = std::move(network);
  document_.clear();
}

void Lab::pretend_in(Observed& observed, const Document& document) const {
  for (const auto& [name, parameters] : made_) {
    ObservedLink& link = observed.links.at(name);
    link.kind = kind_name(parameters);
    link.parameters = parameters;
    if (const auto* vlan = std::get_if<VlanLink>(&parameters))
      link.parent_index = observed.links.at(vlan->parent).index;
    else
      observed.owned_links[name] = {link.kind, link.index};
  }
  for (const Interface& interface : document.interfaces)
    if (const auto* vxlan = std::get_if<Vxlan>(&interface.made))
      for (const IpAddress& peer : peers_of(*vxlan)) observed.underlays[peer] = {index(At::kWan), 1500};
}

// Programs are not attached: the packets of these tests come by test runs alone.
Result<> Lab::apply_or_fail(const std::string& text) {
  if (text == document_) return {};
  CheckResult checked = check_document(text, "test.json");
  if (!checked) return fail("the document is refused: " + checked.error().front().text);
  Document& document = checked->document;
  document.routes = main_routes_;
  document.bridged.insert(document.bridged.end(), bridged_.begin(), bridged_.end());
  if (network_) make_network_of(document, *network_);
  Observed observed = TRY(observe_network());
  observed.owned_addresses = addresses_;
  pretend_in(observed, document);
  observed.engine = TRY(engine_->observe(observed.links));
  const Plan plan = TRY(make_plan(document, observed));
  for (const Step& step : plan.steps) TRY_TO(sentence(step), perform(step));
  document_ = text;
  return add_neighbours();   // a device that loses its last address forgets them
}

Result<> Lab::perform(const Step& step) {
  auto rtnl = TRY(RtnlSocket::open());
  if (const auto* s = std::get_if<step::SetSysctl>(&step)) return write_sysctl(s->path, s->value);
  if (const auto* s = std::get_if<step::SetLinkUp>(&step))
    return s->index ? set_link_up(rtnl, s->link, s->index) : Result<>();
  if (const auto* s = std::get_if<step::PutRules>(&step)) TRY(engine_->perform(*s));
  if (const auto* s = std::get_if<step::AddAddress>(&step)) {
    addresses_.insert({s->link, s->address});
    return add_address(rtnl, s->link, s->index, s->address, s->routed);
  }
  if (const auto* s = std::get_if<step::RemoveAddress>(&step)) {
    addresses_.erase({s->link, s->address});
    return remove_address(rtnl, s->link, s->index, s->address);
  }
  if (const auto* s = std::get_if<step::AddRoute>(&step)) return sluice::add_route(rtnl, s->route);
  if (const auto* s = std::get_if<step::RemoveRoute>(&step)) return remove_route(rtnl, s->route);
  if (const auto* s = std::get_if<step::AddRule>(&step)) return add_rule(rtnl, s->rule);
  if (const auto* s = std::get_if<step::RemoveRule>(&step)) return remove_rule(rtnl, s->rule);
  return {};
}

void Lab::forget() {
  if (!touched_) return;
  for (const char* name :
       {"flow_overflow4", "flow_overflow6", "nat_inside", "nat_outside", "nat_peers", "fragments",
        "port_chunks", "port_crowds", "host_mappings", "event_times", "host_flows", "tenant_flows",
        "limit_buckets", "half_open_targets", "tunnel_ends", "questions", "sticky"})
    wipe(map(name));
  const uint32_t zero = 0;
  sl_gc_cursor hand{};
  bpf_map_lookup_elem(map("gc_cursors"), &zero, &hand);
  hand = {.resting = {hand.resting.tail, hand.resting.tail}};
  forget_queued(*this);
  for (const char* name : {"flows4", "flows6", "flow_slots4", "flow_slots6", "half_open", "flow_counts",
                           "budgets", "gc_cursors", "host_shared"})
    clear(map(name));
  bpf_map_update_elem(map("gc_cursors"), &zero, &hand, BPF_ANY);
  clear(map("limit_shared"), kObjects);
  touched_ = false;
}

void Lab::forgive_errors() {
  const std::vector<sl_budget> none(2 * SL_MAX_SLOTS);
  std::vector<uint32_t> rows(none.size());
  std::iota(rows.begin(), rows.end(), uint32_t{SL_BUDGET_ERRORS});
  uint32_t count = static_cast<uint32_t>(rows.size());
  bpf_map_update_batch(opened("budgets"), rows.data(), none.data(), &count, nullptr);
}

int Lab::program(Hook hook) const {
  touched_ = true;
  return hook == Hook::kXdp ? xdp_.get() : hook == Hook::kTcEgress ? egress_.get() : ingress_.get();
}

int Lab::map(const std::string& name) const {
  touched_ = true;
  return opened(name);
}

int Lab::opened(const std::string& name) const {
  static std::map<std::string, UniqueFd> open;
  auto [at, is_new] = open.try_emplace(name);
  if (is_new) at->second = pins_->open(pins_->map(name)).value();
  return at->second.get();
}

uint32_t Lab::jiffies() const { return Runner::open(*pins_).value().jiffies().value(); }

Bytes Lab::framed(At device, const Layers& layers) const {
  if (std::holds_alternative<Eth>(layers.front())) return build(layers);
  return build(Eth{.dst = mac(device), .src = neighbour_mac(device, 2)} / layers);
}

}   // namespace sluice::test
