// SPDX-License-Identifier: GPL-2.0-or-later
// What the gateway has to do with the health of backends: who is asked, and what their answers change.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>

#include "gateway/gateway.hpp"
#include "gateway/relay_health.hpp"
#include "kernel/netlink/routes.hpp"
#include "kernel/observe.hpp"
#include "maps/layout.h"
#include "model/routing.hpp"
#include "network/expiry.hpp"

namespace sluice {
namespace {

std::string finding_of(const HealthChange& change) {
  switch (change.state) {
    case Health::kUnknown: return "takes new flows again, to see how it is";
    case Health::kUp: return "is up: " + change.reason;
    case Health::kDown: break;
  }
  return "is down: " + change.reason;
}

// "service "web": vm7 over wireguard is down: connection refused".
void tell_change(const HealthChange& change) {
  const size_t first = change.name.find('/'), second = change.name.find('/', first + 1);
  const std::string sentence = fmt::format("service \"{}\": {} over {} {}", change.name.substr(0, first),
                                           change.name.substr(first + 1, second - first - 1),
                                           change.name.substr(second + 1), finding_of(change));
  if (change.state == Health::kDown)
    spdlog::warn("{}", sentence);
  else
    spdlog::info("{}", sentence);
}

std::string name_of_device(const Observed& seen, uint32_t index) {
  for (const auto& [name, link] : seen.links)
    if (link.index == index) return name;
  return "";
}

bool is_of_rules(const Step& step) {
  return std::holds_alternative<step::PutRules>(step) || std::holds_alternative<step::PutTable>(step) ||
         std::holds_alternative<step::LeadService>(step);
}

// As they were declared, before health and time made something of them.
void take_services(const Document& declared, Document& document) {
  std::map<std::pair<std::string_view, Family>, std::shared_ptr<const Balancing>> services;
  for (const Forward& forward : declared.forwards)
    if (forward.service) services.try_emplace({forward.name, forward.to.family()}, forward.service);
  for (Forward& forward : document.forwards)
    if (forward.service) forward.service = services.at({forward.name, forward.to.family()});
}

// The document with these services and nothing else that listens.
Document part_of(const Document& document, const std::set<std::string>& services) {
  Document part;
  part.vrfs = document.vrfs;
  for (const Forward& forward : document.forwards)
    if (forward.service && services.contains(forward.name)) part.forwards.push_back(forward);
  return part;
}

std::string service_in(const HealthChange& change) { return change.name.substr(0, change.name.find('/')); }

}   // namespace

// A socket has no way into the tables of a VRF but by a device of it.
Result<std::vector<HealthTarget>> Gateway::health_targets() {
  std::vector<HealthTarget> targets;
  if (!current_) return targets;
  const Document& declared = current_->declared ? *current_->declared : current_->document;
  targets = sluice::health_targets(declared);
  const auto vrfs = vrfs_of_members(declared);
  RouteCache routes(rtnl_);
  std::optional<Observed> seen;
  for (HealthTarget& target : targets) {
    const auto vrf = vrfs.find(target.name);
    if (vrf == vrfs.end()) continue;
    if (!seen) seen = TRY(observe_network());
    const uint32_t mark = SL_VRF_MARK(vrf_number(declared, vrf->second));
    const auto route = TRY(routes.find(target.address, mark));
    if (route) target.device = name_of_device(*seen, route->ifindex);
  }
  add_relay_targets(current_->document, targets);
  health_.want(targets);
  return targets;
}

bool Gateway::note_health(const HealthNews& news) {
  const auto changed = health_.note(news);
  for (const HealthChange& change : changed) {
    if (tell_relay(change)) continue;
    tell_change(change);
    to_lead_.insert(service_in(change));
  }
  if (current_) health_.choose_relay(current_->document);
  keep_name();
  if (current_ && current_->declared) to_lead_.merge(health_.choosing_others(*current_->declared));
  if (to_lead_.empty()) health_.keep();
  return !to_lead_.empty();
}

Result<std::vector<std::string>> Gateway::lead_anew() {
  const std::set<std::string> services = std::exchange(to_lead_, {});
  auto steps = lead_in_place(services);
  if (steps && !*steps) steps = lead_all_anew();
  if (steps) keep_front(false);
  health_.keep();   // of a hundred thousand backends that takes longer than to lead one service elsewhere
  return steps ? Result<std::vector<std::string>>(**steps) : std::unexpected(steps.error());
}

bool Gateway::note_left(std::map<std::string, KnownHealth> left, const std::vector<HealthChange>& changes) {
  health_.take_left(std::move(left));
  for (const HealthChange& change : changes) {
    tell_change(change);
    to_lead_.insert(service_in(change));
  }
  return !changes.empty();
}

// As reconcile() does, with less to look at: it has to be quick with a hundred thousand backends. Where the
// machine has changed as well, all is done that there is to do.
Result<std::vector<std::string>> Gateway::lead_all_anew() {
  if (!current_ || !current_->declared) return std::vector<std::string>();
  Document& document = current_->document;
  take_services(*current_->declared, document);
  settle_services(document, true);
  auto steps = TRY(exchange_rules());
  if (!steps.empty()) TRY(engine().gc(Engine::Gc::kDisallowed));
  return steps;
}

std::optional<std::chrono::milliseconds> Gateway::time_until_end() const {
  if (!current_) return std::nullopt;
  const Document& document = current_->document;
  const auto service = service_times_.next(document, {});
  const auto endpoint = time_until_expiry(document.networks, std::chrono::system_clock::now());
  return service && endpoint ? std::min(*service, *endpoint) : service ? service : endpoint;
}

Result<std::vector<std::string>> Gateway::exchange_rules() {
  std::vector<std::string> steps;
  Document& document = current_->document;
  in_force_ = true;
  const Plan plan = TRY(remaining(document, classify_policies(document)));
  if (!std::ranges::all_of(plan.steps, is_of_rules)) return reconcile({.links = true});
  Machine machine = this->machine();
  UndoList undo(machine);
  TRY(perform_plan(machine, plan, undo));
  undo.keep();
  know(plan, document);
  for (const Step& step : plan.steps) steps.push_back(sentence(step));
  return steps;
}

// Each service and family once: its listeners share what they lead to.
std::vector<ServiceChange> Gateway::settle_in_place(const std::set<std::string>& services) {
  Document& document = current_->document;
  Document part = part_of(document, services);
  take_services(*current_->declared, part);
  health_.declare(part, false);
  health_.settle(part, true);
  service_times_.settle(part, {}, false);   // nobody's time began
  std::vector<ServiceChange> changes;
  std::map<std::shared_ptr<const Balancing>, std::shared_ptr<const Balancing>> settled;
  auto after = part.forwards.begin();
  for (Forward& forward : document.forwards) {
    if (!forward.service || !services.contains(forward.name)) continue;
    const auto [at, is_new] = settled.try_emplace(forward.service, (after++)->service);
    if (is_new) changes.push_back({forward.name, forward.to.family(), forward.service, at->second});
    forward.service = at->second;
  }
  return changes;
}

// What fails leaves the document as it is to be: the next look at the machine finds what is left to do.
Result<std::optional<std::vector<std::string>>> Gateway::lead_in_place(
    const std::set<std::string>& services) {
  if (!current_ || !current_->declared || carries_ != EngineKind::kEbpf ||
      services.size() > kMostServicesInPlace)
    return std::nullopt;
  ObservedEngine seen;
  TRY(ebpf_->observe_rules(seen));
  const auto steps = lead_services(current_->document, settle_in_place(services), seen);
  if (!steps) return std::nullopt;
  Machine machine = this->machine();
  UndoList undo(machine);
  TRY(perform_plan(machine, {.steps = *steps}, undo));
  undo.keep();
  TRY(engine().gc(Engine::Gc::kDisallowed));
  std::vector<std::string> sentences;
  for (const Step& step : *steps) sentences.push_back(sentence(step));
  return sentences;
}

bool Gateway::tell_trouble(Trouble of, std::string why) {
  std::string& known = troubles_[static_cast<size_t>(of)];
  if (known == why) return false;
  std::erase(degraded_, known);
  known = std::move(why);
  if (!known.empty()) degraded_.push_back(known);
  return true;
}

}   // namespace sluice
