// SPDX-License-Identifier: GPL-2.0-or-later
// Looks now and then at what connections of clients to the backends of services came to.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "gateway/gateway.hpp"
#include "gateway/sign_book.hpp"

namespace sluice {

class SignFollower {
 public:
  using PassOn = std::function<void(const HealthSigns&)>;
  // `pass_on` tells who asks what was seen of those that are asked; `lead` is called when services lead
  // elsewhere now, because one was left that nobody asks.
  SignFollower(boost::asio::io_context& io, Gateway& gateway, PassOn pass_on, std::function<void()> lead)
      : gateway_(gateway), pass_on_(std::move(pass_on)), lead_(std::move(lead)), timer_(io) {}

  // Another document may be in force.
  void look_again();
  void stop();

 private:
  void await(std::chrono::steady_clock::duration pause);
  uint64_t drains() const;   // of what is declared now
  void take_up();
  void look();

  Gateway& gateway_;
  PassOn pass_on_;
  std::function<void()> lead_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<const Document> declared_;   // whose addresses are looked at
  uint64_t drains_ = 0;                        // that it had seen by then
  SignBook book_;
  bool waits_ = false;
  std::string trouble_;   // why nothing can be seen at the moment; empty: it can
};

}   // namespace sluice
