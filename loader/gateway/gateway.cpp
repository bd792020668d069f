// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/gateway.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "base/text.hpp"
#include "gateway/cleanup.hpp"
#include "gateway/closed_interfaces.hpp"
#include "gateway/execute_links.hpp"
#include "gateway/expect_kept.hpp"
#include "gateway/tunnel_ends.hpp"
#include "kernel/observe.hpp"
#include "plan/plan_others.hpp"

namespace sluice {
namespace {

constexpr std::chrono::seconds kGcAtMost{1}, kGcAtLeast{10};

// The way to a remote says how much fits through its tunnel.
bool has_tunnels(const Document& document) {
  return std::ranges::any_of(all_interfaces(document),
                             [](const Interface* one) { return std::holds_alternative<Vxlan>(one->made); });
}

std::unexpected<Error> rolled_back(Error cause, const std::vector<std::string>& not_undone) {
  std::string message = "the apply failed and the earlier state is back: " + cause.message;
  if (!not_undone.empty())
    message = fmt::format("the apply failed: {}; not everything could be undone: {}", cause.message,
                          join(not_undone, "; "));
  return fail(std::move(message), not_undone.empty() ? ErrorKind::kRolledBack : ErrorKind::kFailed);
}

// The kernel forwards for nftables, and without the table it forwards everything.
bool stands_open(EngineKind carries, EngineNft& nft) {
  if (carries != EngineKind::kNftables) return false;
  const auto seen = nft.observe();
  return seen && seen->generation == 0;
}

// What could not be put back is tried again; nothing passes until then.
Error close_after(Error failed, const Document& document) {
  std::vector<std::string> links;
  for (const Interface* one : all_interfaces(document)) links.push_back(one->name);
  const auto put = put_guard(links);
  failed.message += put ? "; until that is done everything that comes in by its interfaces is dropped"
                        : "; and its interfaces cannot be closed: " + put.error().message;
  return failed;
}

}   // namespace

Engine& Gateway::of(EngineKind kind) {
  if (kind == EngineKind::kEbpf) return *ebpf_;
  return *nft_;
}

void Gateway::know(const Plan& plan, const Document& document) {
  carries_ = plan.engine;
  moving_ = plan.moving;
  cluster_.is_standby = plan.is_standby;
  engine().know_rules(plan, document);
}

// Nothing of an engine stays that this apply brought. One that ran before goes on, also where the record of
// its document is lost.
std::unexpected<Error> Gateway::give_up(Error cause, UndoList& undo, Before before) {
  const bool changed = !undo.empty();
  known_.lose();
  std::vector<std::string> not_undone = undo.undo();
  findings_ = std::move(before.findings);
  carries_ = before.carries;
  if (const auto seen = observe_network())
    for (size_t i = 0; i < before.loaded.size(); ++i)
      if (const auto gone =
              before.loaded[i] ? Result<std::vector<std::string>>() : engines()[i]->tear_down(seen->links);
          !gone)
        not_undone.push_back(gone.error().message);
  if (!changed && not_undone.empty()) return std::unexpected(std::move(cause));
  return rolled_back(std::move(cause), not_undone);
}

Result<> Gateway::keep_store() {
  if (!store_) return {};   // after a cleanup there is none
  if (held_keys_) TRY(write_restored_keys());
  const bool in_place = store_->is_in_place();
  if (in_place && store_->is_copy_in_place()) return {};
  if (const auto restored = store_->restore(); !restored)
    return fail(
        fmt::format("the state directory was removed: {}; restart sluiced (`systemctl restart sluiced`), "
                    "which has it made",
                    restored.error().message));
  const std::string found = in_place ? "its copy is made anew" : store_->repaired();
  spdlog::warn("the state directory {} was removed or replaced while sluiced ran: {}",
               in_place ? Store::copy_of(paths_.state).string() : paths_.state.string(),
               found.empty() ? "nothing is known of what was there" : found);
  return {};
}

// What the document says is in force and kept: nothing of this makes that untrue.
void Gateway::finish_apply(const Document& document, std::vector<std::string>& degraded) {
  if (const auto swept = engine().gc(Engine::Gc::kDisallowed); !swept)
    degraded.push_back("flows that are no longer allowed were not ended: " + swept.error().message);
  if (const auto copied = copy_fdb(document); !copied)
    degraded.push_back("who is behind which remote is not known: " + copied.error().message);
}

Result<Applied> Gateway::put_in_force(Candidate& candidate, const Terms& terms) {
  const Before before = this->before();
  const KnownMachine::OneList one_list(known_);
  Machine machine = this->machine();
  UndoList undo(machine);
  Applied applied;
  const bool by_known = terms.is_edit && knows_machine();
  const Allotments allotments = TRY(settle(candidate, true, by_known));
  if (!terms.unattended) TRY(expect_kept(candidate, current_, known_, by_known));
  in_force_ = current_ && same_content(current_->source, candidate.source);
  if (!candidate.source.number) TRY(expect_keepalived(candidate.document));
  const bool fresh = !ebpf_->loaded() && candidate.document.engine != EngineChoice::kNftables;
  find_out(candidate.document,
           try_ebpf(candidate.document, fresh ? ProbeDepth::kWithoutPrograms : ProbeDepth::kUntilRefused));
  auto end = by_known ? converge_known(candidate.document, undo, applied.steps)
                      : converge(candidate.document, undo, applied.steps);
  if (!end && fresh) end = fall_back(std::move(end), candidate.document, undo, applied.steps);
  if (!end) return give_up(end.error(), undo, before);
  auto revision = remember(candidate, allotments, terms);
  if (!revision) return give_up(revision.error(), undo, before);
  undo.keep();
  know(*end, candidate.document);
  if (by_known) known_.note_edit();
  if (*revision != revision_) since_ = std::chrono::system_clock::now();
  applied.revision = revision_ = *revision;
  applied.notes = end->notes;
  applied.degraded = end->degraded;
  applied.degraded.insert(applied.degraded.end(), candidate.degraded.begin(), candidate.degraded.end());
  const auto restoring = std::exchange(candidate.restoring, nullptr);
  const auto others = plan_others(current_ ? &current_->document : nullptr, candidate.document);
  current_ = std::move(candidate);
  end_other_engine(*end, applied.steps, applied.degraded);
  applied.steps.insert(applied.steps.end(), others.begin(), others.end());
  finish_apply(current_->document, applied.degraded);
  if (restoring) finish_restore(*restoring, applied.degraded);
  if (const auto pruned = keys().prune(allotments); !pruned)
    applied.degraded.push_back("keys of what is gone were not removed: " + pruned.error().message);
  keep_others(true);
  tell_degraded(applied.degraded);
  for (std::string& trouble : routers_.troubles()) applied.degraded.push_back(std::move(trouble));
  for (std::string& trouble : front_.troubles()) applied.degraded.push_back(std::move(trouble));
  unblock();
  return applied;
}

Result<std::vector<std::string>> Gateway::reconcile(const Change& change) {
  std::vector<std::string> steps;
  if (change.next_hops || change.neighbours)
    TRY(engine().refresh_next_hops(change.next_hops ? Engine::Hops::kRoutes : Engine::Hops::kNeighbours));
  const bool other_ways = change.next_hops && current_ && has_tunnels(current_->document);
  const auto kept = keep_store();
  store_trouble_ = kept ? "" : kept.error().message;
  if (!current_) return steps;
  if (!(change.links || change.addresses || change.forwarding || change.ways_out || other_ways)) {
    if (change.fdb) TRY(copy_fdb(current_->document));
    return steps;
  }
  const KnownMachine::OneList one_list(known_);
  Allotments allotments;
  if (current_->declared) allotments = TRY(settle(*current_, true));
  Machine machine = this->machine();
  UndoList undo(machine);
  in_force_ = true;
  auto end = converge(current_->document, undo, steps);
  undo.keep();   // half of what the document says is better than what somebody else made of the machine
  if (!end && stands_open(carries_, *nft_)) {
    guard_may_be_ = true;
    end = std::unexpected(close_after(end.error(), current_->document));
  }
  if (!end) return std::unexpected(end.error());
  know(*end, current_->document);
  unblock();
  end_other_engine(*end, steps, end->degraded);
  end->degraded.insert(end->degraded.end(), current_->degraded.begin(), current_->degraded.end());
  keep_others(false);
  tell_degraded(end->degraded);
  if (current_->declared) TRY(store_->put_allotments(allotments));   // a key may have been taken up
  if (!steps.empty()) TRY(engine().gc(Engine::Gc::kDisallowed));
  TRY(copy_fdb(current_->document));
  return steps;
}

Result<> Gateway::copy_fdb(const Document& document) {
  if (carries_ != EngineKind::kEbpf) return {};
  return engine().put_tunnel_ends(has_tunnels(document) ? TRY(list_tunnel_ends(rtnl_, document))
                                                        : std::vector<TunnelEnd>{});
}

Result<uint32_t> Gateway::gc() { return engine().gc(Engine::Gc::kExpired); }

std::chrono::seconds Gateway::gc_interval() const {
  const Timeouts t = current_ ? current_->document.timeouts : Timeouts{};
  const auto shortest =
      std::min({t.tcp_established, t.tcp_transitory, t.udp, t.udp_one_way, t.icmp, t.other});
  return std::clamp(shortest / 4, kGcAtMost, kGcAtLeast);
}

Result<std::vector<std::string>> Gateway::tear_down() {
  auto removed = TRY(tear_down_others());
  for (std::string& more : TRY(tear_down_machine(machine()))) removed.push_back(std::move(more));
  current_.reset();
  keep_name();
  TRY(keys().erase());
  erase_books(paths_.state);
  TRY(Store::erase(std::move(*store_)));
  store_.reset();
  return removed;
}

}   // namespace sluice
