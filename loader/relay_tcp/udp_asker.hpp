// SPDX-License-Identifier: GPL-2.0-or-later
// Asks a relay by STUN whether UDP gets through to it.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "model/address.hpp"
#include "stun/message.hpp"

namespace sluice {

class UdpAsker : public std::enable_shared_from_this<UdpAsker> {
 public:
  // `changed`: answers() is another.
  UdpAsker(boost::asio::io_context& io, const Endpoint& relay, std::function<void()> changed);

  void start();
  void stop();
  // The last two questions were answered.
  bool answers() const { return answered_ >= 2; }

 private:
  void ask();
  void hear();
  void note(bool answered);

  boost::asio::ip::udp::socket socket_;
  const boost::asio::ip::udp::endpoint relay_;
  boost::asio::steady_timer timer_;
  std::function<void()> changed_;   // null: stopped
  std::optional<stun::TransactionId> waits_for_;
  int answered_ = 0;   // in a row
  std::array<uint8_t, 512> buffer_{};
};

}   // namespace sluice
