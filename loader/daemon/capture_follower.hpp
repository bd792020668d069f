// SPDX-License-Identifier: GPL-2.0-or-later
// Captures that run: each has a process of its own, and a place in the packet path for as long as that lives.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <set>

#include "api/service.hpp"
#include "gateway/gateway.hpp"

namespace sluice {

class CaptureFollower {
 public:
  CaptureFollower(boost::asio::io_context& io, Gateway& gateway);
  ~CaptureFollower();
  CaptureFollower(const CaptureFollower&) = delete;
  CaptureFollower& operator=(const CaptureFollower&) = delete;

  // As Service::capture().
  Result<HandOver> capture(const CaptureRequest& wanted);
  void stop();

 private:
  class Running;

  void begin(const std::shared_ptr<Running>& capture, UniqueFd client);
  void go_on();

  boost::asio::io_context& io_;
  Gateway& gateway_;
  std::set<std::shared_ptr<Running>> running_;
  boost::asio::steady_timer each_second_;
  uint64_t begun_ = 0;
};

}   // namespace sluice
