// SPDX-License-Identifier: GPL-2.0-or-later
// A UDP port of its own that STUN servers are asked from. IPv4.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <functional>

#include "reach/stun_exchange.hpp"

namespace sluice {

class ProbeSocket {
 public:
  using Heard = std::function<void(const StunHeard&)>;

  ProbeSocket(boost::asio::io_context& io, Heard heard) : socket_(io), heard_(std::move(heard)) {}

  // A port that was not used before. False: there is none at this address.
  bool open(const IpAddress& local);
  // What cannot be sent is lost.
  void send(const Endpoint& to, const stun::Bytes& message);

 private:
  using Udp = boost::asio::ip::udp;

  void await();

  Udp::socket socket_;
  const Heard heard_;
  std::array<uint8_t, 2048> buffer_{};
  Udp::endpoint from_;
};

}   // namespace sluice
