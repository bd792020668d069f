// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/health_monitor.hpp"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "api/router.hpp"
#include "base/text.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr size_t kMostListeners = 16;
// What waits for one who reads slowly; beyond that lines are lost, and he is told how many.
constexpr size_t kMostWaiting = size_t{1} << 20;

std::string line_of_row(json row) {
  row["time"] = rfc3339(std::chrono::system_clock::now());
  row["schema_version"] = kSchemaVersion;
  return row.dump(-1, ' ', true, json::error_handler_t::replace) + "\n";
}

}   // namespace

class LineFeed final : public Feed {
 public:
  explicit LineFeed(boost::asio::io_context& io) : io_(io) {}

  void add(const std::string& line) {
    if (waiting_.size() + line.size() > kMostWaiting)
      ++lost_;
    else
      waiting_ += line;
    wake_up();
  }
  void take(std::string& lines) override {
    lines += std::exchange(waiting_, {});
    if (const uint64_t lost = std::exchange(lost_, 0)) lines += line_of_row({{"lost", lost}});
  }
  void await(std::function<void()> wake) override {
    wake_ = std::move(wake);
    if (!waiting_.empty() || lost_) wake_up();
  }

 private:
  void wake_up() {
    if (wake_) boost::asio::post(io_, std::exchange(wake_, nullptr));
  }

  boost::asio::io_context& io_;
  std::string waiting_;
  uint64_t lost_ = 0;
  std::function<void()> wake_;
};

bool HealthMonitor::anybody_listens() {
  std::erase_if(listeners_, [](const auto& one) { return one.expired(); });
  if (listeners_.empty()) told_.clear();
  return !listeners_.empty();
}

HealthMonitor::States HealthMonitor::states() const {
  States states;
  for (json& row : backend_states(gateway_)) {
    std::string name = fmt::format("{}/{}/{}", row["service"].get_ref<const std::string&>(),
                                   row["backend"].get_ref<const std::string&>(),
                                   row["underlay"].get_ref<const std::string&>());
    states.emplace(std::move(name), std::move(row));
  }
  return states;
}

Result<std::shared_ptr<Feed>> HealthMonitor::listen(bool now) {
  if (!anybody_listens()) told_ = states();
  if (listeners_.size() >= kMostListeners)
    return fail(fmt::format("{} follow the health of backends already: end one of them", kMostListeners));
  auto feed = std::make_shared<LineFeed>(io_);
  listeners_.push_back(feed);
  if (now)
    for (const auto& [name, row] : told_) feed->add(line_of_row(row));
  return std::shared_ptr<Feed>(std::move(feed));
}

void HealthMonitor::look() {
  if (!anybody_listens()) return;
  States now = states();
  for (const auto& [name, row] : now) {
    const auto before = told_.find(name);
    if (before == told_.end() || before->second["state"] != row["state"]) tell(row);
  }
  for (auto& [name, row] : told_) {
    if (now.contains(name) || row["state"] == "down") continue;
    row["state"] = "down";
    row["reason"] = "it has left the document";
    row["since"] = rfc3339(std::chrono::system_clock::now());
    tell(row);
  }
  told_ = std::move(now);
}

void HealthMonitor::tell(const json& row) {
  const std::string line = line_of_row(row);
  for (const auto& listener : listeners_)
    if (const auto feed = listener.lock()) feed->add(line);
}

}   // namespace sluice
