// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/nat_log_follower.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "daemon/nat_records.hpp"
#include "ipfix/process.hpp"

namespace sluice {
namespace {

constexpr size_t kMostInDaemon = 65'536;          // 4 MiB: the process that takes them waits for nobody
constexpr std::chrono::seconds kLossesEach{60};   // a line of the log
constexpr std::chrono::milliseconds kTimeToLeave{500};   // it sends what waits

}   // namespace

NatLogFollower::NatLogFollower(boost::asio::io_context& io, Gateway& gateway)
    : gateway_(gateway),
      link_(io, kLongestIpfixNews,
            {.start = [this] { return start_ipfix_process(gateway_.paths().pins.filename().string()); },
             .next = [this] { return next(); },
             .heed = [this](const std::string& line) { return heed(line); },
             .forget = [this] { forget(); },
             .lost =
                 [this](const std::string& why) {
                   tell_trouble("nat_log: collectors are told nothing: " + why);
                 },
             .again = [this] { look_again(); },
             .time_to_leave = kTimeToLeave}),
      queue_(kMostInDaemon) {}

void NatLogFollower::look_again() {
  const auto& current = gateway_.current();
  if (!current || !current->document.nat_log) return tell_nobody();
  const NatLog& log = *current->document.nat_log;
  wants_journal_ = log.journal;
  wanted_ = frame_of(IpfixOrder{.collectors = log.collectors, .domain = log.domain});
  link_.run();
  tell_news();
}

void NatLogFollower::stop() { tell_nobody(); }

void NatLogFollower::tell_nobody() {
  wants_journal_ = true;
  wanted_.clear();
  link_.end();
  queue_.take(queue_.size());
  lost_ = 0;
  earlier_.clear();
  told_.clear();
  gateway_.collectors().clear();
  tell_trouble("");
}

void NatLogFollower::tell_trouble(const std::string& trouble) {
  if (gateway_.tell_trouble(Gateway::Trouble::kNatLog, trouble) && !trouble.empty())
    spdlog::error("{}", trouble);
}

void NatLogFollower::note(const NatEvent& event) {
  if (wanted_.empty()) return;
  if (const auto record = record_of(event)) lost_ += queue_.add({&*record, 1});
}

void NatLogFollower::note_lost(uint64_t events) {
  if (wanted_.empty()) return;
  lost_ += events;
  send();
}

std::string NatLogFollower::next() {
  if (sent_ != wanted_) return sent_ = wanted_;
  if (lost_) return frame_of_lost(std::exchange(lost_, 0));
  const auto waiting = queue_.waiting();
  if (waiting.empty()) return {};
  const auto piece = waiting.first(std::min(waiting.size(), kMostRecordsOfFrame));
  std::string frame = frame_of(piece);
  handed_ += piece.size();
  queue_.take(piece.size());
  return frame;
}

Result<> NatLogFollower::heed(const std::string& line) {
  news_ = TRY(decode_ipfix_news(line));
  tell_news();
  std::string troubles;
  for (const CollectorCounts& one : news_.collectors)
    if (!one.trouble.empty()) troubles += (troubles.empty() ? "" : "; ") + one.trouble;
  tell_trouble(troubles);
  return {};
}

// What a process had and did not say that it sent is lost with it.
void NatLogFollower::forget() {
  const uint64_t unsaid = handed_ - std::min(handed_, news_.received);
  for (const CollectorCounts& one : news_.collectors) {
    Total& total = earlier_[one.name];
    total.sent += one.sent;
    total.lost += one.lost + one.waiting + unsaid;
  }
  sent_.clear();
  news_ = {};
  handed_ = 0;
}

NatLogFollower::Total NatLogFollower::total_of(const CollectorCounts& counts) const {
  const auto at = earlier_.find(counts.name);
  const Total before = at == earlier_.end() ? Total{} : at->second;
  return {before.sent + counts.sent, before.lost + counts.lost};
}

void NatLogFollower::tell_news() {
  if (!gateway_.current() || !gateway_.current()->document.nat_log) return;
  std::vector<CollectorNews> rows;
  for (const Collector& one : gateway_.current()->document.nat_log->collectors) {
    const auto at = std::ranges::find(news_.collectors, one.name, &CollectorCounts::name);
    const CollectorCounts counts =
        at == news_.collectors.end() ? CollectorCounts{.name = one.name, .trouble = {}} : *at;
    const auto [sent, lost] = total_of(counts);
    rows.push_back({.name = one.name, .sent = sent, .lost = lost, .trouble = counts.trouble});
  }
  tell_losses(rows);
  gateway_.collectors() = std::move(rows);
}

void NatLogFollower::tell_losses(const std::vector<CollectorNews>& rows) {
  const auto now = std::chrono::steady_clock::now();
  if (now - told_at_ < kLossesEach) return;
  for (const CollectorNews& row : rows) {
    uint64_t& told = told_[row.name];
    if (row.lost == told) continue;
    spdlog::warn("nat_log: {} events did not reach collector \"{}\"", with_commas(row.lost - told), row.name);
    told = row.lost;
    told_at_ = now;
  }
}

}   // namespace sluice
