// SPDX-License-Identifier: GPL-2.0-or-later
// Has the backends of services asked by a process of their own, and hears what it found out.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/service.hpp"
#include "daemon/health_monitor.hpp"
#include "daemon/sign_follower.hpp"
#include "gateway/gateway.hpp"
#include "talk/helper_link.hpp"

namespace sluice {

class HealthFollower {
 public:
  // `failed` is called when services lead elsewhere now, and the rules of that could not be put in force.
  HealthFollower(boost::asio::io_context& io, Gateway& gateway, std::function<void()> failed);

  // Another document may be in force, or other routes: those are asked that it names now.
  void look_again();
  void stop();
  // Who listens hears how backends change; with `now` first how they are.
  Result<std::shared_ptr<Feed>> listen(bool now) { return monitor_.listen(now); }

 private:
  void ask_whom_it_names();
  void look_at_trust();
  void ask_nobody();
  std::string next();
  Result<> heed(const std::string& line);
  void forget();
  void lose(const std::string& why);
  void pass_on(const HealthSigns& signs);
  void lead_soon();
  void lead();

  Gateway& gateway_;
  std::function<void()> failed_;
  HelperLink link_;   // of one that does not run: nobody is asked
  std::vector<HealthTarget> asked_;
  std::shared_ptr<const Document> declared_;   // that they are of
  bool by_device_ = false;                     // where some of them are reached is said by routes
  std::string wanted_, sent_;                  // lines
  std::string wanted_trust_, sent_trust_;      // the same
  boost::asio::steady_timer trusting_;
  std::string signs_;   // the same, that wait
  boost::asio::steady_timer leading_;
  bool leads_soon_ = false;
  uint64_t lists_ = 0;   // that the process was sent
  HealthMonitor monitor_;
  SignFollower sign_follower_;
};

}   // namespace sluice
