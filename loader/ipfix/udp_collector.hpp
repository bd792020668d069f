// SPDX-License-Identifier: GPL-2.0-or-later
// A collector that is told by UDP (RFC 7011 section 10.3): templates come again and again, and nobody knows
// what arrived, but for a machine that says that nobody listens there.
#pragma once

#include <boost/asio/ip/udp.hpp>
#include <chrono>

#include "ipfix/collector_link.hpp"

namespace sluice {

class UdpCollector final : public CollectorLink {
 public:
  UdpCollector(boost::asio::io_context& io, const Collector& collector, uint32_t domain,
               CollectorCounts& counts);
  void send() override;

 private:
  void stop() override;
  bool open();
  void send_next();
  void note_refusal(const boost::system::error_code& error);
  void note_success(const IpfixSession::Message& message);
  void await_room();

  using Clock = std::chrono::steady_clock;
  boost::asio::ip::udp::socket socket_;
  bool waits_for_room_ = false;
  size_t last_ = 0;   // records of the last message
  Clock::time_point templates_at_{}, refused_at_{};
};

}   // namespace sluice
