// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/state_receiver.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "daemon/state_debts.hpp"
#include "gateway/debt_text.hpp"

namespace sluice {

void StateReceiver::forget() {
  came_.reset();
  left_ = 0;
  why_left_.clear();
}

void StateReceiver::note_leads() {
  forget();
  has_all_ = true;
}

Result<std::string> StateReceiver::heed(std::string_view piece) {
  TRY(names_.know());
  const std::vector<std::string_view> parts = split(piece, '\t');
  const auto texts = std::span(parts).subspan(1);
  if (parts[0] == "flows") {
    TRY(keep(texts));
    return std::string();
  }
  if (parts[0] == "ends") {
    TRY(end(texts));
    return std::string();
  }
  if (parts[0] == "begin") {
    forget();
    came_.emplace();
    return debts_answer(0);
  }
  if (const auto number = parse_debts_number(parts[0])) return keep_debts(*number, texts);
  if (const auto carriers = parse_carriers(piece)) {
    carriers_ = carriers;
    return std::string();
  }
  const std::vector<std::string_view> words = split(piece, ' ');
  if (words.size() != 2 || (words[0] != "all" && words[0] != "look"))
    return fail("what another gateway says of flows makes no sense");
  if (words[0] == "all") {
    TRY(end_others());
    has_all_ = true;
  }
  return fmt::format("have {}", words[1]);
}

// One that cannot be kept does not keep the others from it.
Result<> StateReceiver::keep(std::span<const std::string_view> texts) {
  std::vector<FlowState> flows;
  for (const std::string_view text : texts) {
    const auto flow = parse_flow(text, *names_);
    if (!flow) {
      leave(1, flow.error().message);
      continue;
    }
    if (came_) came_->insert(key_of(*flow));
    flows.push_back(*flow);
  }
  const TakenOver kept = TRY(gateway_.engine().keep_flows(flows));
  if (kept.left > 0) leave(kept.left, kept.why.empty() ? "" : kept.why.front());
  return {};
}

Result<> StateReceiver::end(std::span<const std::string_view> texts) {
  for (const std::string_view text : texts)
    if (const auto key = parse_key(text, *names_)) TRY(gateway_.engine().end_flow(*key));
  return {};
}

// What this gateway carried before and the one that carries now does not: it has ended meanwhile, and its
// ports may be another's.
Result<> StateReceiver::end_others() {
  if (!came_) return {};
  std::vector<FlowKey> others;
  TRY(gateway_.engine().visit_flows([&](const FlowState& flow) {
    if (can_move(flow) && !came_->contains(key_of(flow))) others.push_back(key_of(flow));
  }));
  came_.reset();
  for (const FlowKey& key : others) TRY(gateway_.engine().end_flow(key));
  return {};
}

// What the rules here have no bucket for is no trouble: they are about to be those of the other one.
Result<std::string> StateReceiver::keep_debts(uint64_t number, std::span<const std::string_view> texts) {
  const auto now = std::chrono::steady_clock::now();
  std::vector<LimitDebt> debts;
  for (const std::string_view text : texts)
    if (auto debt = parse_debt(text, *names_, now)) debts.push_back(*debt);
  TRY(gateway_.engine().keep_debts(debts));
  return debts_answer(number);
}

void StateReceiver::leave(uint64_t flows, const std::string& why) {
  left_ += flows;
  why_left_ = why;
}

}   // namespace sluice
