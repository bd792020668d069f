// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/health_monitor.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "base/text.hpp"
#include "show/show.hpp"

namespace sluice {

using nlohmann::json;

bool HealthMonitor::anybody_listens() {
  if (listeners_.any()) return true;
  told_.clear();
  return false;
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
  auto feed = TRY(listeners_.add());
  if (now)
    for (const auto& [name, row] : told_) feed->add(feed_line(row));
  return std::shared_ptr<Feed>(std::move(feed));
}

void HealthMonitor::look() {
  if (!anybody_listens()) return;
  States now = states();
  for (const auto& [name, row] : now) {
    const auto before = told_.find(name);
    if (before == told_.end() || before->second["state"] != row["state"]) listeners_.tell(row);
  }
  for (auto& [name, row] : told_) {
    if (now.contains(name) || row["state"] == "down") continue;
    row["state"] = "down";
    row["reason"] = "it has left the document";
    row["since"] = rfc3339(std::chrono::system_clock::now());
    listeners_.tell(row);
  }
  told_ = std::move(now);
}

}   // namespace sluice
