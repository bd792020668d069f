// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/line_feed.hpp"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "api/router.hpp"
#include "base/text.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr size_t kMostListeners = 16;
// What waits for one who reads slowly; beyond that lines are lost, and he is told how many.
constexpr size_t kMostWaiting = size_t{1} << 20;

}   // namespace

std::string feed_line(json row) {
  if (!row.contains("time")) row["time"] = rfc3339(std::chrono::system_clock::now());
  row["schema_version"] = kSchemaVersion;
  return row.dump(-1, ' ', true, json::error_handler_t::replace) + "\n";
}

void LineFeed::add(const std::string& line) {
  if (waiting_.size() + line.size() > kMostWaiting)
    ++lost_;
  else
    waiting_ += line;
  wake_up();
}

void LineFeed::take(std::string& lines) {
  lines += std::exchange(waiting_, {});
  if (const uint64_t lost = std::exchange(lost_, 0)) lines += feed_line({{"lost", lost}});
}

void LineFeed::await(std::function<void()> wake) {
  wake_ = std::move(wake);
  if (!waiting_.empty() || lost_) wake_up();
}

void LineFeed::wake_up() {
  if (wake_) boost::asio::post(io_, std::exchange(wake_, nullptr));
}

bool LineListeners::any() {
  std::erase_if(all_, [](const auto& one) { return one.expired(); });
  return !all_.empty();
}

Result<std::shared_ptr<LineFeed>> LineListeners::add() {
  if (any() && all_.size() >= kMostListeners)
    return fail(fmt::format("{} follow {} already: end one of them", kMostListeners, what_));
  auto feed = std::make_shared<LineFeed>(io_);
  all_.push_back(feed);
  return feed;
}

void LineListeners::tell(const json& row) {
  const std::string line = feed_line(row);
  for (const auto& listener : all_)
    if (const auto feed = listener.lock()) feed->add(line);
}

}   // namespace sluice
