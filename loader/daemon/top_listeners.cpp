// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/top_listeners.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

constexpr size_t kMostTopListeners = 16;
constexpr std::chrono::seconds kTopEach{1};
// Of the loop's time, however much there is to look at: a fifth.
constexpr int kTopRest = 4;

}   // namespace

void TopListener::tell(const nlohmann::json& head, nlohmann::json rows, uint64_t matched) const {
  if (const auto to = feed.lock())
    to->add(feed_line(
        {{"kind", name_of(query.kind)}, {"gateway", head}, {"matched", matched}, {"rows", std::move(rows)}}));
}

Result<std::shared_ptr<Feed>> TopListeners::add(const TopQuery& query) {
  if (now().size() >= kMostTopListeners)
    return fail(fmt::format("{} follow first rows already: end one of them", kMostTopListeners));
  auto feed = std::make_shared<LineFeed>(io_);
  all_.push_back({feed, query});
  return std::shared_ptr<Feed>(std::move(feed));
}

const std::vector<TopListener>& TopListeners::now() {
  std::erase_if(all_, [](const TopListener& one) { return !one.listens(); });
  return all_;
}

void TopPace::looked(Clock::duration spent) {
  const auto now = Clock::now();
  earliest_ = now + kTopRest * spent;
  next_ = std::max(earliest_, now + kTopEach);
}

}   // namespace sluice
