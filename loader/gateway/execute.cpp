// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/execute.hpp"

#include <spdlog/spdlog.h>

#include <concepts>
#include <span>

#include "gateway/execute_links.hpp"
#include "gateway/records.hpp"
#include "kernel/expedited_rcu.hpp"
#include "kernel/netlink/addresses.hpp"
#include "kernel/netlink/links.hpp"
#include "kernel/netlink/queues.hpp"
#include "kernel/netlink/routes.hpp"
#include "kernel/netlink/rules.hpp"
#include "kernel/nft/mac_limits.hpp"
#include "kernel/sysctl/sysctl.hpp"
#include "kernel/wireguard/wireguard.hpp"

namespace sluice {
namespace {

using Inverse = Result<std::optional<Step>>;

// What the machine is changed from goes to disk before it is changed: no crash forgets it.
Inverse perform_one(Machine& m, const step::SetSysctl& s) {
  TRY(remember_devices(m, s));
  TRY(m.store.remember_sysctl(s.path, s.previous));
  TRY(write_sysctl(s.path, s.value));
  if (m.links) m.links->note_sysctl(s.path);
  return Step(step::SetSysctl{s.path, s.previous, s.value});
}

Inverse perform_one(Machine& m, const step::AddAddress& s) {
  TRY(m.store.add_owned_address(s.link, s.address));
  if (auto added = add_address(m.rtnl, s.link, s.index, s.address, s.routed); !added) {
    TRY(m.store.remove_owned_address(s.link, s.address));
    return std::unexpected(added.error());
  }
  return Step(step::RemoveAddress{s.link, s.index, s.address, s.routed});
}

Inverse perform_one(Machine& m, const step::RemoveAddress& s) {
  TRY(remove_address(m.rtnl, s.link, s.index, s.address));
  TRY(m.store.remove_owned_address(s.link, s.address));
  if (s.index == 0) return std::nullopt;
  return Step(step::AddAddress{s.link, s.index, s.address, s.routed});
}

// Routes and rules carry sluice's number: no record is needed to find them again.
Inverse perform_one(Machine& m, const step::AddRoute& s) {
  TRY(add_route(m.rtnl, s.route));
  return Step(step::RemoveRoute{s.route});
}

Inverse perform_one(Machine& m, const step::RemoveRoute& s) {
  TRY(remove_route(m.rtnl, s.route));
  return Step(step::AddRoute{s.route});
}

Inverse perform_one(Machine& m, const step::AddRule& s) {
  TRY(add_rule(m.rtnl, s.rule));
  return Step(step::RemoveRule{s.rule});
}

Inverse perform_one(Machine& m, const step::RemoveRule& s) {
  TRY(remove_rule(m.rtnl, s.rule));
  return Step(step::AddRule{s.rule});
}

// They carry sluice's number too.
Inverse perform_one(Machine& m, const step::PutQueues& s) {
  TRY(put_queues(m.rtnl, s.link, s.index, s.queues, s.previous));
  if (s.previous) return Step(step::PutQueues{s.link, s.index, *s.previous, s.queues});
  return Step(step::RemoveQueues{s.link, s.index, s.queues});
}

Inverse perform_one(Machine& m, const step::RemoveQueues& s) {
  TRY(remove_queues(m.rtnl, s.link, s.index));
  return Step(step::PutQueues{s.link, s.index, s.queues, std::nullopt});
}

// It takes several messages: what was done before the one that fails is taken back here, because a step that
// failed has no inverse.
Inverse perform_one(Machine&, const step::ChangeTunnel& s) {
  if (auto changed = change_tunnel(s.link, s.change); !changed) {
    (void)change_tunnel(s.link, s.inverse);
    return std::unexpected(changed.error());
  }
  return Step(step::ChangeTunnel{s.link, s.summary, s.inverse, s.change});
}

Inverse perform_one(Machine&, const step::PutMacLimits& s) {
  TRY(put_mac_limits(s.limits));
  return Step(step::PutMacLimits{s.previous, s.limits});
}

// A device that was brought up stays up when an apply is undone: others may use it by then.
Inverse perform_one(Machine& m, const step::SetLinkUp& s) {
  TRY(set_link_up(m.rtnl, s.link, s.index));
  return std::nullopt;
}

Engine& engine_of(Machine& m, EngineKind kind) {
  if (kind == EngineKind::kEbpf) return m.ebpf;
  return m.nft;
}

template <class EngineStep>
void tell_outcome(const EngineStep& step, const TakenOver& outcome) {
  for (const std::string& why : outcome.why) spdlog::warn("not carried over: {}", why);
  spdlog::info("{}: {} taken, {} were there, {} left", sentence(step), outcome.taken, outcome.already,
               outcome.left);
}

Inverse perform_one(Machine& m, const step::CarryRows& s) {
  TRY(m.ebpf.perform(s));
  tell_outcome(s, m.ebpf.carried());
  return std::nullopt;
}

// The copies that are left behind end with their engine. What cannot be carried was told by the plan.
Inverse perform_one(Machine& m, const step::CarryFlows& s) {
  Engine &from = engine_of(m, s.from), &to = engine_of(m, s.to);
  const TakenOver outcome = TRY(to.take_over(TRY(from.flows())));
  tell_outcome(s, outcome);
  if (s.late) return std::nullopt;
  TRY(to.set_object_counts(TRY(from.objects())));
  TRY(to.add_endpoint_counts(TRY(from.endpoints())));
  return std::nullopt;
}

template <class EngineStep>
concept OfNft = std::same_as<EngineStep, step::PutTable> || std::same_as<EngineStep, step::RemoveTable>;

template <OfNft EngineStep>
Inverse perform_one(Machine& m, const EngineStep& s) {
  return m.nft.perform(s);
}

Inverse perform_one(Machine& m, const step::TakeRulesBack& s) {
  TRY(s.engine == EngineKind::kEbpf ? m.ebpf.take_rules_back() : m.nft.take_rules_back());
  return std::nullopt;
}

template <class LinkStep>
concept OfLink = requires(Machine& m, const LinkStep& s) {
  perform_link(m, s);
};

template <OfLink LinkStep>
Inverse perform_one(Machine& m, const LinkStep& s) {
  return perform_link(m, s);
}

template <class EngineStep>
Inverse perform_one(Machine& m, const EngineStep& s) {
  return m.ebpf.perform(s);
}

}   // namespace

Result<std::optional<Step>> perform(Machine& machine, const Step& step) {
  return std::visit([&](const auto& s) { return perform_one(machine, s); }, step);
}

UndoList::~UndoList() { undo(); }

void UndoList::remember(std::optional<Step> inverse) {
  if (inverse) steps_.push_back(std::move(*inverse));
}

std::vector<std::string> UndoList::undo() {
  std::vector<std::string> failed;
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step)
    if (const auto undone = perform(machine_, *step); !undone)
      failed.push_back(sentence(*step) + ": " + undone.error().message);
  steps_.clear();
  return failed;
}

namespace {

Step made_again(const Step& removal) {
  const auto& s = std::get<step::RemoveLink>(removal);
  return step::MakeLink{s.link, s.index};
}

Result<> perform_steps(Machine& machine, std::span<const Step> steps, UndoList& undo, size_t& performed) {
  size_t gone = 0;   // up to here pods' devices have ended
  for (performed = 0; performed < steps.size(); ++performed) {
    if (performed >= gone) gone = performed + end_pods_together(steps.subspan(performed));
    const Step& step = steps[performed];
    auto inverse = perform(machine, step);
    if (!inverse) {
      for (size_t later = performed; later < gone; ++later) undo.remember(made_again(steps[later]));
      return while_doing(sentence(step), std::move(inverse.error()));
    }
    undo.remember(std::move(*inverse));
  }
  return {};
}

}   // namespace

// Records go to disk twice for the whole plan: what is about to be made, and what became of it. A kill in
// between leaves the first ones, as one in the middle of a step does.
Result<> perform_plan(Machine& machine, const Plan& plan, UndoList& undo) {
  const ExpeditedRcu expedited(machine.state);
  const std::span<const Step> steps = plan.steps;
  size_t performed = 0;
  if (!may_be_noted_together(steps)) return perform_steps(machine, steps, undo, performed);
  TRY(note_ahead(machine, steps));
  Transaction together = TRY(machine.store.together());
  auto done = perform_steps(machine, steps, undo, performed);
  if (!done && performed + 1 < steps.size())
    if (const auto forgotten = forget_ahead(machine, steps.subspan(performed + 1)); !forgotten)
      spdlog::warn("what was not made is noted as made: {}", forgotten.error().message);
  auto kept = together.commit();
  return done ? std::move(kept) : std::move(done);
}

}   // namespace sluice
