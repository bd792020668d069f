// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/gateway.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "daemon/cleanup.hpp"
#include "engine/ebpf/engine_ebpf.hpp"
#include "kernel/observe.hpp"
#include "kernel/sysctl/sysctl.hpp"

namespace sluice {
namespace {

// Two rounds are usual: the second sees that nothing is left. A third is needed where a driver refused
// XDP, because the rules say which devices take XDP frames.
constexpr int kRounds = 4;

constexpr std::chrono::seconds kSweepAtMost{1}, kSweepAtLeast{10};

std::vector<std::string> sentences(const std::vector<Step>& steps) {
  std::vector<std::string> list;
  for (const Step& step : steps) list.push_back(sentence(step));
  return list;
}

std::unexpected<Error> rolled_back(Error cause, const std::vector<std::string>& not_undone) {
  std::string message = "the apply failed and the earlier state is back: " + cause.message;
  if (!not_undone.empty())
    message = fmt::format("the apply failed: {}; not everything could be undone: {}", cause.message,
                          join(not_undone, "; "));
  return fail(std::move(message), not_undone.empty() ? ErrorKind::kRolledBack : ErrorKind::kFailed);
}

}   // namespace

Result<std::unique_ptr<Gateway>> Gateway::open(const GatewayPaths& paths) {
  Store store = TRY(Store::open(paths.state));
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  std::unique_ptr<Engine> engine = TRY(EngineEbpf::open(Pins(paths.pins)));
  return std::unique_ptr<Gateway>(new Gateway(std::move(store), std::move(rtnl), std::move(engine), paths));
}

Result<Observed> Gateway::observe() {
  Observed seen = TRY(observe_network());
  seen.owned_addresses = TRY(store_->owned_addresses());
  seen.engine = TRY(engine_->observe(seen.links));
  return seen;
}

Result<Plan> Gateway::plan(const Document& document) { return make_plan(document, TRY(observe())); }

// Plans and performs until a look at the machine finds nothing more to do.
Result<Plan> Gateway::converge(const Document& document, UndoList& undo, std::vector<std::string>& steps) {
  Machine machine{*engine_, *store_, rtnl_};
  for (int round = 0; round < kRounds; ++round) {
    Plan next = TRY(plan(document));
    if (next.empty()) return next;
    const auto done = sentences(next.steps);
    TRY(perform_plan(machine, next, undo));
    steps.insert(steps.end(), done.begin(), done.end());
  }
  const Plan left = TRY(plan(document));
  if (left.empty()) return left;
  return fail("the machine does not become what the document says; still to do: " +
              join(sentences(left.steps), "; "));
}

Result<int64_t> Gateway::remember(const Candidate& candidate) {
  if (current_ && current_->source.text == candidate.source.text) return revision_;
  return store_->append(candidate.source);
}

// Where no document was in force before, nothing of the engine stays either.
std::unexpected<Error> Gateway::give_up(Error cause, UndoList& undo) {
  const bool changed = !undo.empty();
  std::vector<std::string> not_undone = undo.undo();
  if (const auto seen = observe_network(); seen && !current_)
    if (const auto gone = engine_->tear_down(seen->links); !gone) not_undone.push_back(gone.error().message);
  if (!changed && not_undone.empty()) return std::unexpected(std::move(cause));
  return rolled_back(std::move(cause), not_undone);
}

Result<Applied> Gateway::apply(Candidate candidate) {
  Machine machine{*engine_, *store_, rtnl_};
  UndoList undo(machine);
  Applied applied;
  auto end = converge(candidate.document, undo, applied.steps);
  if (!end) return give_up(end.error(), undo);
  auto revision = remember(candidate);
  if (!revision) return give_up(revision.error(), undo);
  undo.keep();
  engine_->know_rules(end->rules);
  TRY(engine_->sweep(Engine::Sweep::kDisallowed));
  if (*revision != revision_) since_ = std::chrono::system_clock::now();
  applied.revision = revision_ = *revision;
  applied.notes = end->notes;
  applied.degraded = degraded_ = end->degraded;
  current_ = std::move(candidate);
  return applied;
}

Result<bool> Gateway::resume() {
  const auto stored = TRY(store_->current());
  if (!stored) return false;
  auto checked = check_document(stored->text, stored->file);
  if (!checked)
    return fail(fmt::format("the stored revision {} is no longer a valid document: {}", stored->number,
                            checked.error().front().text),
                ErrorKind::kInvalidDocument);
  current_ = Candidate{std::move(checked->document), *stored};
  revision_ = stored->number;
  TRY(apply(*current_));
  return true;
}

Result<std::vector<std::string>> Gateway::reconcile(const Change& change) {
  std::vector<std::string> steps;
  if (change.next_hops) TRY(engine_->refresh_next_hops());
  if (!current_ || !(change.links || change.addresses || change.forwarding)) return steps;
  Machine machine{*engine_, *store_, rtnl_};
  UndoList undo(machine);
  const auto end = converge(current_->document, undo, steps);
  undo.keep();   // half of what the document says is better than what somebody else made of the machine
  if (!end) return std::unexpected(end.error());
  engine_->know_rules(end->rules);
  degraded_ = end->degraded;
  if (!steps.empty()) TRY(engine_->sweep(Engine::Sweep::kDisallowed));
  return steps;
}

Result<uint32_t> Gateway::sweep() { return engine_->sweep(Engine::Sweep::kExpired); }

std::chrono::seconds Gateway::sweep_interval() const {
  const Timeouts t = current_ ? current_->document.timeouts : Timeouts{};
  const auto shortest =
      std::min({t.tcp_established, t.tcp_transitory, t.udp, t.udp_one_way, t.icmp, t.other});
  return std::clamp(shortest / 4, kSweepAtMost, kSweepAtLeast);
}

Result<std::vector<std::string>> Gateway::tear_down() {
  auto removed = TRY(tear_down_machine(*engine_, *store_, rtnl_));
  current_.reset();
  TRY(Store::erase(std::move(*store_)));
  store_.reset();
  return removed;
}

// Addresses first and programs last: while anything of sluice is left, nothing passes unjudged. The
// kernel's own forwarding goes back to what it was when nothing of sluice is there any more.
Result<std::vector<std::string>> tear_down_machine(Engine& engine, Store& store, RtnlSocket& rtnl) {
  const Observed seen = TRY(observe_network());
  std::vector<std::string> removed;
  engine.close();   // with half of its addresses the gateway would answer by the wrong way
  Machine machine{engine, store, rtnl};
  for (const auto& [link, address] : TRY(store.owned_addresses())) {
    const auto at = seen.links.find(link);
    const step::RemoveAddress step{link, at == seen.links.end() ? 0 : at->second.index, address};
    TRY_TO(sentence(step), perform(machine, step));
    removed.push_back(sentence(step));
  }
  const auto of_engine = TRY(engine.tear_down(seen.links));
  removed.insert(removed.end(), of_engine.begin(), of_engine.end());
  const auto sysctls = TRY(store.original_sysctls());
  for (auto original = sysctls.rbegin(); original != sysctls.rend(); ++original) {
    const auto now = TRY(read_sysctl(original->path));
    if (!now || *now == original->value) continue;
    TRY(write_sysctl(original->path, original->value));
    removed.push_back(fmt::format("set {} back to {}", original->path, original->value));
  }
  return removed;
}

}   // namespace sluice
