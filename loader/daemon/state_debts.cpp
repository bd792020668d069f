// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/state_debts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/number.hpp"
#include "gateway/debt_text.hpp"

namespace sluice {
namespace {

using Clock = std::chrono::steady_clock;

// What is full again before the next look is full after a failure too: others notice one a little later.
constexpr std::chrono::milliseconds kDebtsEach{250};
constexpr int kRestAfterDebts = 19;   // of the loop's time a twentieth, however many there are
constexpr size_t kLongestDebts = 32'000;

}   // namespace

std::string debts_answer(uint64_t number) { return fmt::format("{} {}", kDebts, number); }

std::optional<uint64_t> parse_debts_number(std::string_view words) {
  if (!words.starts_with(kDebts) || !words.substr(kDebts.size()).starts_with(' ')) return std::nullopt;
  return whole_number<uint64_t>(words.substr(kDebts.size() + 1));
}

StateDebts::StateDebts(boost::asio::io_context& io, Gateway& gateway, KnownNames& names, Ends ends)
    : gateway_(gateway), names_(names), ends_(std::move(ends)), soon_(io) {}

void StateDebts::run() {
  if (!std::exchange(runs_, true)) look();
}

void StateDebts::stop() {
  runs_ = false;
  soon_.cancel();
  news_ = nullptr;
  pieces_.clear();
}

std::string StateDebts::next() {
  if (pieces_.empty()) return {};
  std::string piece = std::move(pieces_.front());
  pieces_.pop_front();
  return piece;
}

void StateDebts::look() {
  const auto begun = Clock::now();
  if (pieces_.empty() && ends_.may_look() && !tell_news()) news_ = nullptr;   // tables come and go
  const Clock::duration spent = Clock::now() - begun;
  soon_.expires_after(std::max<Clock::duration>(kDebtsEach, kRestAfterDebts * spent));
  soon_.async_wait([this](const boost::system::error_code& error) {
    if (!error && runs_) look();
  });
}

Result<> StateDebts::tell_news() {
  if (!news_) news_ = TRY(gateway_.engine().debt_news());
  if (!news_) return {};
  const auto now = Clock::now();
  std::vector<LimitDebt> debts;
  TRY(news_->take(now + kDebtsEach, debts));
  if (debts.empty()) return {};
  TRY(names_.know());
  for (const LimitDebt& debt : debts) {
    line_ += '\t';
    line_ += debt_text(debt, *names_, now);
    if (line_.size() > kLongestDebts) tell();
  }
  tell();
  ends_.ready();
  return {};
}

void StateDebts::tell() {
  if (!line_.empty()) pieces_.push_back(debts_answer(++told_) + std::exchange(line_, {}));
}

}   // namespace sluice
