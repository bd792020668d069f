// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/state_sender.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "engine/flow_reader.hpp"

namespace sluice {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLookEach{50}, kQuiet{1000};
// Where the engine says what becomes established, looks find only what ends, closes or goes on.
constexpr std::chrono::milliseconds kNewsEach{10}, kLookBesideNews{500}, kMarkNewsEach{500};
// Of the loop's time, however many flows there are: a tenth, and a fifth for those that begin.
constexpr int kRestAfterLook = 9, kRestAfterNews = 4;
constexpr size_t kLongestPiece = 32'000, kMostWaitingPieces = size_t{2} << 20;
// More than that nobody has taken yet: a look waits. Beyond 8 MiB a connection ends (sync/connection.cpp).
constexpr uint64_t kMarkEach = uint64_t{1} << 18, kMostUnderway = uint64_t{1} << 20;
constexpr uint64_t kMostUnderwayOfNews = uint64_t{4} << 20;
constexpr size_t kTimesKept = 64;

uint32_t seconds_now() {
  const auto since = Clock::now().time_since_epoch();
  return static_cast<uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(since).count());
}

}   // namespace

StateSender::StateSender(boost::asio::io_context& io, Gateway& gateway, KnownNames& names,
                         std::function<void()> ready)
    : io_(io), gateway_(gateway), names_(names), ready_(std::move(ready)), soon_(io), news_soon_(io) {}

void StateSender::run() {
  if (std::exchange(runs_, true)) return;
  all_ = true;
  look();
  take_news();
}

void StateSender::stop() {
  runs_ = false;
  soon_.cancel();
  news_soon_.cancel();
  news_ = nullptr;
  reader_ = nullptr;
  sent_.forget();
  pieces_.clear();
  times_.clear();
  line_.clear();
  marks_.clear();
  bytes_ = 0;
  taken_ = told_;
  is_full_ = has_all_news_ = false;
}

// What was underway may be lost, and nobody answers to it.
void StateSender::tell_all() {
  all_ = true;
  marks_.clear();
  taken_ = told_;
  go_on();
}

// The others are slower than what is read, or have much underway.
bool StateSender::is_too_much() const {
  return bytes_ > kMostWaitingPieces || told_ - taken_ > kMostUnderway;
}

void StateSender::note_taken(uint64_t mark) {
  const auto at = std::ranges::find(marks_, mark, &std::pair<uint64_t, uint64_t>::first);
  if (at == marks_.end()) return;
  taken_ = std::max(taken_, at->second);
  marks_.erase(marks_.begin(), at + 1);
  go_on();
}

// A look that waited, when half of that is gone.
void StateSender::go_on() {
  if (!is_full_ || bytes_ > kMostWaitingPieces / 2 || told_ - taken_ > kMostUnderway / 2) return;
  is_full_ = false;
  boost::asio::post(io_, [this] {
    if (reader_ && !is_full_) read_on();
  });
}

std::string StateSender::next() {
  if (pieces_.empty()) return {};
  std::string piece = std::move(pieces_.front());
  pieces_.pop_front();
  bytes_ -= piece.size();
  go_on();
  return piece;
}

std::optional<Clock::time_point> StateSender::time_of(uint64_t look) const {
  const auto at = std::ranges::find(times_, look, &std::pair<uint64_t, Clock::time_point>::first);
  return at == times_.end() ? std::nullopt : std::optional(at->second);
}

// Nothing begins or ends, and what began before had the time to be answered.
bool StateSender::is_quiet() {
  Engine& engine = gateway_.engine();
  const auto created = engine.flows_created();
  const auto live = engine.count_flows();
  const std::pair counts(created ? created->value_or(0) : 0, live ? live->value_or(0) : 0);
  const auto now = Clock::now();
  if (std::exchange(counts_, counts) != counts) changed_ = now;
  return !all_ && now - changed_ > kQuiet && now - looked_ < kQuiet;
}

// Heard from before the look begins, so that nothing falls between; when that has ended nothing is missing.
// Without them it is slower.
void StateSender::hear_news() {
  if (news_) return;
  auto news = gateway_.engine().flow_news();
  const std::string why = news ? "" : news.error().message;
  if (std::exchange(deaf_, why) != why && !why.empty())
    spdlog::warn("cluster: flows that begin are told of later: {}", why);
  if (news) news_ = std::move(*news);
  has_all_news_ = false;
}

void StateSender::look() {
  const auto begun = Clock::now();
  if (!gateway_.current() || is_quiet()) return rest();
  looked_ = begun;
  if (!names_.know()) return rest();
  hear_news();
  const uint64_t lost = news_ ? news_->lost() : 0;
  if (std::exchange(lost_, lost) != lost || all_) has_all_news_ = false;
  revision_ = gateway_.revision();
  auto reader = gateway_.engine().read_flows();
  if (!reader) return rest();   // tables come and go
  reader_ = std::move(*reader);
  tells_all_ = std::exchange(all_, false);
  look_ = number_time(Clock::now());
  sent_.begin(tells_all_, seconds_now());
  if (tells_all_) tell("begin");
  spent_ = Clock::now() - begun;
  read_on();
}

// One that failed is begun anew, and tells all: what it told is not known to the end.
void StateSender::read_on() {
  const auto begun = Clock::now();
  std::vector<FlowState> piece;
  const auto more = reader_->next(piece);
  if (!more || revision_ != gateway_.revision()) {
    all_ = true;
    line_.clear();
    return rest();
  }
  for (const FlowState& flow : piece)
    if (can_move(flow) && sent_.note(flow)) add("flows", flow_text(flow, *names_));
  if (!*more) finish();
  spent_ += Clock::now() - begun;
  if (!*more) return rest();
  is_full_ = is_too_much();   // go_on() does
  if (is_full_) return ready_();
  boost::asio::post(io_, [this] {
    if (reader_ && !is_full_) read_on();
  });
}

// Rules are those of the last look. What waits in the rings meanwhile is told afterwards. Names may have been
// forgotten since: the next look may be long in coming.
bool StateSender::may_tell_news() {
  return news_ && bytes_ <= 2 * kMostWaitingPieces && told_ - taken_ <= kMostUnderwayOfNews &&
         gateway_.current() && revision_ == gateway_.revision() && names_.know();
}

// Also between two pieces of a look: a look at a million flows takes seconds.
void StateSender::take_news() {
  const auto begun = Clock::now();
  if (may_tell_news()) {
    std::vector<FlowState> flows;
    if (!news_->take(flows)) news_ = nullptr;
    tell_news(flows);
    mark_news(begun);
  }
  const Clock::duration spent = Clock::now() - begun;
  news_soon_.expires_after(std::max<Clock::duration>(kNewsEach, kRestAfterNews * spent));
  news_soon_.async_wait([this](const boost::system::error_code& error) {
    if (!error && runs_) take_news();
  });
}

void StateSender::tell_news(const std::vector<FlowState>& flows) {
  bool tells = false;
  for (const FlowState& flow : flows) {
    if (!can_move(flow) || !sent_.note(flow)) continue;
    add("flows", flow_text(flow, *names_));
    tells = true;
  }
  if (!tells) return;
  tell(std::exchange(line_, {}));
  ready_();
}

// Looks at many flows take long, and there is much time between them: others know by this, too, what they
// have. What was lost the next look finds.
void StateSender::mark_news(Clock::time_point time) {
  if (!news_ || !has_all_news_ || all_ || time - marked_ < kMarkNewsEach) return;
  if (news_->waits() || news_->lost() != lost_) return;
  marked_ = time;
  mark("look", number_time(time));
  ready_();
}

uint64_t StateSender::number_time(Clock::time_point time) {
  times_.emplace_back(++last_mark_, time);
  if (times_.size() > kTimesKept) times_.pop_front();
  return last_mark_;
}

void StateSender::add(std::string_view verb, std::string&& text) {
  if (!line_.empty() && (verb_ != verb || line_.size() + text.size() > kLongestPiece))
    tell(std::exchange(line_, {}));
  if (line_.empty()) line_ = verb_ = verb;
  line_ += '\t';
  line_ += text;
}

void StateSender::tell(std::string piece) {
  bytes_ += piece.size();
  told_ += piece.size();
  pieces_.push_back(std::move(piece));
  const uint64_t marked = marks_.empty() ? taken_ : marks_.back().second;
  if (told_ - marked >= kMarkEach) mark("look", ++last_mark_);
}

void StateSender::mark(std::string_view verb, uint64_t number) {
  marks_.emplace_back(number, told_);
  std::string piece = fmt::format("{} {}", verb, number);
  bytes_ += piece.size();
  pieces_.push_back(std::move(piece));
}

void StateSender::finish() {
  for (const FlowKey& key : sent_.end()) add("ends", key_text(key, *names_));
  if (!line_.empty()) tell(std::exchange(line_, {}));
  mark(tells_all_ ? "all" : "look", look_);
  has_all_news_ = news_ != nullptr;
}

void StateSender::rest() {
  reader_ = nullptr;
  const Clock::duration pause = news_ ? kLookBesideNews : kLookEach;
  soon_.expires_after(std::max(pause, kRestAfterLook * std::exchange(spent_, {})));
  soon_.async_wait([this](const boost::system::error_code& error) {
    if (!error && runs_) look();
  });
  ready_();
}

}   // namespace sluice
