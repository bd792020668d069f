// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/nft/engine_nft.hpp"

#include <fmt/format.h>

#include "base/memory.hpp"
#include "engine/nft/flow_states.hpp"
#include "engine/nft/listing.hpp"
#include "kernel/nft/nft.hpp"

namespace sluice {
namespace {

constexpr const char* kRemove = R"({"nftables":[{"add":{"table":{"family":"inet","name":"sluice"}}},)"
                                R"({"delete":{"table":{"family":"inet","name":"sluice"}}}]})";
constexpr const char* kClose =
    "insert rule inet sluice forward drop; insert rule inet sluice input meta iif @managed drop; "
    "insert rule inet sluice output meta oif @managed drop";

}   // namespace

// Two small sets tell what the table is: listing a chain would read every element of the table.
Result<> EngineNft::read() {
  const auto identity = TRY(nft_list(fmt::format("list set inet sluice {}", kNftIdentitySet)));
  seen_ = {};
  if (!identity) {
    seen_.loaded = names_table(TRY(nft_list_text("list tables inet")));
    hold(nullptr);
    object_ids_ = nullptr;
    return {};
  }
  const auto pairs = TRY(nft_list("list set inet sluice pairs"));
  seen_ = read_table(*identity, pairs.value_or(nlohmann::json()));
  return {};
}

// Listens before it reads, so that no change falls between. A table that somebody touched is no longer what
// its digest says; and nobody tells when one goes that had an owner.
Result<> EngineNft::look() {
  const bool first = !monitor_;
  if (first) monitor_ = TRY(NftMonitor::open());
  TRY(hear_changes());
  const bool astray = touched_ || (seen_.loaded && seen_.digest.empty());
  if (!first && !astray) return {};
  TRY(read());
  touched_ = false;
  if (astray) seen_.digest.clear();
  return {};
}

Result<bool> EngineNft::hear_changes() {
  if (monitor_) touched_ |= TRY(monitor_->drain());
  return touched_;
}

Result<ObservedNft> EngineNft::observe() {
  TRY_TO("look at nftables", look());
  seen_.rules = rules();
  return seen_;
}

// What this process changes is no news to it, and telling half a million elements takes the kernel seconds.
Result<> EngineNft::put(const RulesNft* before, const RulesNft& after) {
  TRY(monitor_->stop_listening());
  auto done = nft_apply(transaction(before, after));
  const std::string text = done ? text_transaction(before, after) : "";
  if (!text.empty()) done = nft_apply_text(text);
  give_back_memory();   // a large transaction leaves a gigabyte of free pieces behind
  TRY(monitor_->listen());
  TRY(read());
  if (!done) seen_.digest.clear();
  return done;
}

// A table that this process did not put, or that somebody changed, is replaced as a whole; its counts are
// not.
Result<std::optional<Step>> EngineNft::perform(const step::PutTable& step) {
  TRY(look());
  const bool was_there = seen_.loaded;
  const bool intact = rules() && was_there && !seen_.digest.empty() && is_changeable(*rules_, *step.rules);
  const auto counts = was_there && !intact ? TRY(objects()) : std::vector<ObjectCount>{};
  const auto carried = was_there && !intact ? TRY(endpoints()) : std::vector<EndpointCount>{};
  const auto earlier = rules();
  if (was_there && !earlier) table_before_ = TRY(nft_list_text("list table inet sluice"));
  TRY(put(intact ? rules_.get() : nullptr, *step.rules));
  hold(step.rules);
  TRY(set_object_counts(counts));
  TRY(add_endpoint_counts(carried));
  if (earlier) return Step(step::PutTable{earlier, earlier->digest});
  return was_there ? Step(step::TakeRulesBack{EngineKind::kNftables}) : Step(step::RemoveTable{});
}

// One transaction: nothing passes in between that the rules would have stopped.
Result<> EngineNft::take_rules_back() {
  TRY(monitor_->stop_listening());
  const auto done = nft_apply_text("delete table inet sluice\n" + std::exchange(table_before_, {}));
  give_back_memory();
  TRY(monitor_->listen());
  TRY(read());
  hold(nullptr);
  return done;
}

Result<std::optional<Step>> EngineNft::perform(const step::RemoveTable&) {
  TRY(forget_flows());
  const auto earlier = rules();
  TRY(nft_apply(kRemove));
  TRY(read());
  TRY(monitor_->drain());
  if (!earlier) return std::nullopt;
  return Step(step::PutTable{earlier, earlier->digest});
}

void EngineNft::hold(std::shared_ptr<const RulesNft> rules) {
  rules_ = std::move(rules);
  opened_.clear();
  if (rules_) pairs_before_ = std::max(pairs_before_, rules_->pairs.size());
}

void EngineNft::know_rules(const Plan& plan, const Document& document) {
  hold(plan.table);
  document_ = std::make_shared<Document>(document);
}

// What is no longer in connection tracking cannot be believed later, when it is older than its connection.
Result<> EngineNft::forget_flows() {
  Conntrack conntrack = TRY(Conntrack::open());
  std::vector<ConntrackEntry> own;
  TRY(conntrack.dump([&](const ConntrackEntry& entry) {
    const NftMark mark = unpack(entry.mark);
    if (mark.pair != 0 && (mark.generation != 0 || is_over(entry.mark))) own.push_back(entry);
  }));
  TRY(conntrack.remove(own));
  return {};
}

Result<TakenOver> EngineNft::take_over(const std::vector<FlowState>& flows) {
  return put_flows(flows, &Conntrack::create);
}

Result<TakenOver> EngineNft::keep_flows(const std::vector<FlowState>& flows) {
  return put_flows(flows, &Conntrack::keep);
}

Result<TakenOver> EngineNft::put_flows(const std::vector<FlowState>& flows, PutEntries put) {
  constexpr size_t kSentences = 20;
  TakenOver outcome;
  if (!rules_) return fail("the nftables engine has no rules yet");
  std::vector<ConntrackEntry> entries;
  const FlowNumbers numbers = flow_numbers();
  const auto leave = [&](std::string why) {
    ++outcome.left;
    if (outcome.why.size() < kSentences) outcome.why.push_back(std::move(why));
  };
  for (const FlowState& flow : flows) {
    auto entry = conntrack_entry(flow, numbers, earlier_generation(rules_->generation));
    if (entry)
      entries.push_back(*entry);
    else
      leave(entry.error().message);
  }
  Conntrack conntrack = TRY(Conntrack::open());
  const ConntrackOutcome created = TRY((conntrack.*put)(entries));
  outcome.taken = created.done;
  outcome.already = created.already;
  for (const auto& failure : created.failures) leave(failure.why);
  return outcome;
}

Result<std::unique_ptr<CaptureSource>> EngineNft::capture(uint32_t) {
  return fail(
      "the nftables engine carries the traffic, and nothing of sluice sees its packets: `tcpdump -i DEVICE` "
      "shows them "
      "on one side, and `sluice explain` says what becomes of one",
      ErrorKind::kUsage);
}

void EngineNft::close() {
  if (seen_.loaded) (void)nft_apply_text(kClose);
}

Result<std::vector<std::string>> EngineNft::tear_down(const std::map<std::string, ObservedLink>&) {
  TRY(look());
  if (!seen_.loaded) return std::vector<std::string>{};
  TRY(perform(step::RemoveTable{}));
  return std::vector<std::string>{sentence(step::RemoveTable{})};
}

}   // namespace sluice
