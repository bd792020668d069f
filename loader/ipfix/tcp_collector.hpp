// SPDX-License-Identifier: GPL-2.0-or-later
// A collector that is told by TCP (RFC 7011 section 10.4): templates once for each connection. While there is
// none, what is to be told waits.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <deque>

#include "ipfix/collector_link.hpp"

namespace sluice {

class TcpCollector final : public CollectorLink {
 public:
  TcpCollector(boost::asio::io_context& io, const Collector& collector, uint32_t domain,
               CollectorCounts& counts);
  void start() override { connect(); }
  void send() override;
  bool is_done() const override { return queue_.size() == 0 && !writes_; }

 private:
  void stop() override;
  void connect();
  void begin();
  void read();
  void note_acknowledged();
  void note_written(const boost::system::error_code& error, size_t bytes);
  uint64_t acknowledged();   // bytes
  void end(const char* doing, const boost::system::error_code& error);

  struct Sent {
    uint64_t end;   // the first byte behind it
    size_t records;
  };

  const uint32_t domain_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer retry_, deadline_;
  std::chrono::milliseconds pause_;
  bool is_connected_ = false, writes_ = false;
  IpfixSession::Message writing_;
  uint64_t written_ = 0;            // bytes that the kernel has taken, on this connection
  std::deque<Sent> on_the_way_;     // that the other side may not have
  std::array<char, 512> ignored_;   // a collector says nothing
  uint64_t lost_before_;            // of `counts`, when the last connection ended
};

}   // namespace sluice
