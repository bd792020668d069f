// SPDX-License-Identifier: GPL-2.0-or-later
// How the machine becomes what a document says: planned and performed, round by round, until nothing is left.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.hpp"
#include "gateway/gateway.hpp"
#include "gateway/step_kinds.hpp"
#include "kernel/observe.hpp"

namespace sluice {
namespace {

// Two rounds are usual: the second sees that nothing is left. A third is needed where a driver refused
// XDP, because the rules say which devices take XDP frames.
constexpr int kRounds = 4;

bool puts_rules(const Plan& plan) {
  return has_step<step::PutRules, step::LeadService, step::PutTable>(plan.steps);
}

bool changes_tunnels(const Plan& plan) {
  return has_step<step::MakeLink, step::RemoveLink, step::AddEntry, step::RemoveEntry>(plan.steps);
}

// What has no way back: it waits until the revision is kept, and until then the engine of before could go on.
std::vector<Step> part_with_last(std::vector<Step>& steps, bool carried) {
  constexpr auto is_last = is_one_of<step::UnloadPrograms, step::RemoveTable, step::DropTables>;
  std::vector<Step> last;
  std::ranges::copy_if(steps, std::back_inserter(last), is_last);
  std::erase_if(steps, [&](const Step& step) {
    return is_last(step) || (carried && std::holds_alternative<step::CarryFlows>(step));
  });
  return last;
}

}   // namespace

// Plans and performs until a look at the machine finds nothing more to do, but what the answer names: the end
// of the engine that carried before, which has no way back.
Result<Plan> Gateway::converge(const Document& document, UndoList& undo, Sentences& steps) {
  const SharedPolicyTables policies = classify_policies(document);
  bool carried = false;
  for (int round = 0;; ++round) {
    Plan next = TRY(remaining(document, policies));
    auto last = part_with_last(next.steps, carried);
    carried |= !last.empty();
    if (next.empty()) {
      next.steps = std::move(last);
      return next;
    }
    if (round == kRounds)
      return fail("the machine does not become what the document says; still to do: " +
                  join(sentences(next), "; "));
    TRY(perform_round(next, document, undo, steps));
  }
}

// A pod takes two: its devices, and what is said of them. Whatever is more than that is an ordinary look's
// work.
Result<Plan> Gateway::converge_known(const Document& document, UndoList& undo, Sentences& steps) {
  Machine machine = this->machine();
  const SharedPolicyTables policies = classify_policies(document);
  Observed& seen = known_.seen();
  seen.in_force = in_force_;
  seen.findings = findings_;
  TRY(ebpf_->observe_in_force(seen.engine));   // services and names change the rules in place
  const Plan devices = TRY(plan_devices(document, seen));
  if (!known_.can_follow(devices.steps)) return converge(document, undo, steps);
  if (!devices.empty()) {
    known_.lose();
    TRY(perform_plan(machine, devices, undo));
    TRY(known_.follow(machine, devices.steps));
    std::ranges::move(sentences(devices), std::back_inserter(steps));
  }
  for (int round = 0; round < kRounds; ++round) {
    Plan next = TRY(make_plan(document, seen, policies));
    if (next.empty()) return next;
    if (!known_.can_follow(next.steps)) break;
    TRY(perform_round(next, document, undo, steps));
    TRY(known_.follow(machine, next.steps));
    if (!may_lead_on(next.steps)) {
      next.steps.clear();
      return next;
    }
  }
  return converge(document, undo, steps);
}

Result<> Gateway::perform_round(const Plan& plan, const Document& document, UndoList& undo,
                                Sentences& steps) {
  Machine machine = this->machine();
  const auto done = sentences(plan);
  if (!puts_rules(plan)) of(plan.engine).know_rules(plan, document);   // they are in force already
  // Until they are copied again the kernel's devices carry tunnels: nothing is sent as it was before.
  if (changes_tunnels(plan)) TRY(ebpf_->put_tunnel_ends({}));
  known_.lose();
  if (has_step<step::LoadPrograms>(plan.steps)) addresses_.expect_stall(plan.is_standby);
  TRY(perform_plan(machine, plan, undo));
  know(plan, document);
  steps.insert(steps.end(), done.begin(), done.end());
  return {};
}

// Where that fails it is planned again at the next look at the machine.
void Gateway::end_other_engine(const Plan& end, std::vector<std::string>& steps,
                               std::vector<std::string>& degraded) {
  Machine machine = this->machine();
  if (!end.empty()) known_.lose();
  for (const Step& step : end.steps) {
    const auto done = perform(machine, step);
    (done ? steps : degraded)
        .push_back(done ? sentence(step) : fmt::format("{}: {}", sentence(step), done.error().message));
  }
}

// Programs that were not loaded yet were not tried before they were loaded in earnest: the verifier would
// read them twice. Loading comes before anything that traffic would notice, so when it failed it is found out
// whether the programs were the reason, and the other engine has its turn.
Result<Plan> Gateway::fall_back(Result<Plan> failed, const Document& document, UndoList& undo,
                                Sentences& steps) {
  if (findings_.ebpf_refused) return failed;
  const Probe probe = probe_ebpf(paths_.pins);
  if (probe.usable() || !undo.undo().empty()) return failed;
  TRY(ebpf_->tear_down(TRY(observe_network()).links));
  find_out(document, probe.refusal());
  steps.clear();
  return converge(document, undo, steps);
}

}   // namespace sluice
