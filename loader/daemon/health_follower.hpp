// SPDX-License-Identifier: GPL-2.0-or-later
// Has the backends of services asked by a process of their own, and hears what it found out.
#pragma once

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/service.hpp"
#include "daemon/health_monitor.hpp"
#include "daemon/sign_follower.hpp"
#include "gateway/gateway.hpp"

namespace sluice {

class HealthFollower {
 public:
  // `failed` is called when services lead elsewhere now, and the rules of that could not be put in force.
  HealthFollower(boost::asio::io_context& io, Gateway& gateway, std::function<void()> failed);
  ~HealthFollower();
  HealthFollower(const HealthFollower&) = delete;
  HealthFollower& operator=(const HealthFollower&) = delete;

  // Another document may be in force, or other routes: those are asked that it names now.
  void look_again();
  void stop();
  // Who listens hears how backends change; with `now` first how they are.
  Result<std::shared_ptr<Feed>> listen(bool now) { return monitor_.listen(now); }

 private:
  using Socket = boost::asio::local::stream_protocol::socket;

  void ask_whom_it_names();
  void ask_nobody();
  void start();
  void await_news();
  void pass_on(const HealthSigns& signs);
  void send();
  void write();
  void lead_soon();
  void lead();
  void give_up(const std::string& why);
  void end_process();

  boost::asio::io_context& io_;
  Gateway& gateway_;
  std::function<void()> failed_;
  std::optional<Socket> socket_;   // none: nobody is asked
  boost::asio::streambuf input_;
  std::vector<HealthTarget> asked_;
  std::shared_ptr<const Document> declared_;   // that they are of
  bool by_device_ = false;                     // where some of them are reached is said by routes
  std::string wanted_, sent_, writing_;        // lines
  std::string signs_;                          // the same, that wait
  bool writes_ = false;
  pid_t child_ = -1;
  boost::asio::steady_timer retry_, leading_;
  bool leads_soon_ = false;
  std::chrono::milliseconds pause_;
  uint64_t started_ = 0;   // times
  uint64_t lists_ = 0;     // that the process was sent
  HealthMonitor monitor_;
  SignFollower sign_follower_;
};

}   // namespace sluice
