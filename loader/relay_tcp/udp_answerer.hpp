// SPDX-License-Identifier: GPL-2.0-or-later
// A relay answers to STUN at the UDP port of the same number as its TLS, so that clients find out whether UDP
// gets through again. A request that is shorter than its answer is not heard: nobody is flooded by it.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/system/error_code.hpp>
#include <memory>

namespace sluice {

class UdpAnswerer {
 public:
  explicit UdpAnswerer(boost::asio::io_context& io) : io_(io) {}

  boost::system::error_code open(const boost::asio::ip::address& address, uint16_t port);
  void close();

 private:
  struct Seat;

  boost::asio::io_context& io_;
  std::shared_ptr<Seat> seat_;   // null: it is closed
};

}   // namespace sluice
