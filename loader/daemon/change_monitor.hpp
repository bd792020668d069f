// SPDX-License-Identifier: GPL-2.0-or-later
// Tells those who listen what becomes of the gateway: revisions, interfaces, the ends of tunnels, backends,
// relays, paths, certificates, and what is amiss. A line of JSON for each change of a state.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "daemon/line_feed.hpp"
#include "gateway/gateway.hpp"

namespace sluice {

class ChangeMonitor {
 public:
  ChangeMonitor(boost::asio::io_context& io, Gateway& gateway)
      : gateway_(gateway), listeners_(io, "changes"), soon_(io) {}

  // Failure: too many listen. With `now` the first lines are how everything is.
  Result<std::shared_ptr<Feed>> listen(bool now);
  void stop() { soon_.cancel(); }

 private:
  using States = std::map<std::string, nlohmann::json>;   // rows by what they are of, and its name

  States states();
  void look();
  void await();

  Gateway& gateway_;
  LineListeners listeners_;
  boost::asio::steady_timer soon_;
  std::chrono::steady_clock::duration pause_{};
  States told_;   // while somebody listens
};

}   // namespace sluice
