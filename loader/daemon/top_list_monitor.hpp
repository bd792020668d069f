// SPDX-License-Identifier: GPL-2.0-or-later
// Tells those who follow them the first interfaces, tenants, drops and endpoints, by looks at the lists.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "daemon/top_listeners.hpp"
#include "gateway/gateway.hpp"
#include "show/top_lists.hpp"

namespace sluice {

class TopListMonitor {
 public:
  TopListMonitor(boost::asio::io_context& io, Gateway& gateway)
      : gateway_(gateway), listeners_(io), soon_(io) {}

  // Failure: too many follow.
  Result<std::shared_ptr<Feed>> listen(const TopQuery& query);
  void stop() { soon_.cancel(); }

 private:
  void look();
  Result<> tell(const std::vector<TopListener>& listeners);
  void await(TopPace::Clock::time_point when);

  Gateway& gateway_;
  TopListeners listeners_;
  TopLists lists_;
  TopPace pace_;
  boost::asio::steady_timer soon_;
};

}   // namespace sluice
