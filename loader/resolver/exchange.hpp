// SPDX-License-Identifier: GPL-2.0-or-later
// One question to the upstreams, one after the other until one of them answers it. Each datagram has a socket
// of its own, so that its port is as hard to guess as its id (RFC 5452).
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "dns/cache.hpp"
#include "resolver/upstreams.hpp"

namespace sluice {

class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  using SharedReply = dns::Cache::SharedReply;
  using Done = std::function<void(SharedReply)>;   // null: nobody answered
  using MayRead = std::function<bool(size_t bytes)>;

  // `may_read`: whether an answer that no datagram holds is read, of 0 bytes while that is not known yet.
  Exchange(boost::asio::io_context& io, Upstreams& upstreams, dns::Query query, MayRead may_read, Done done);
  void start();
  // `done` is not called any more.
  void cancel();

 private:
  using Clock = std::chrono::steady_clock;
  using Udp = boost::asio::ip::udp;
  using Tcp = boost::asio::ip::tcp;

  void ask_next();
  void ask_by_datagram();
  void await_datagram();
  void ask_by_stream();
  void read_stream();
  void read_answer();
  void await_time(std::chrono::milliseconds time);
  void heed(dns::Reply reply);
  void give_up_turn();
  void finish(SharedReply reply);
  template <class Handler>
  auto of_turn(Handler handler);

  boost::asio::io_context& io_;
  Upstreams& upstreams_;
  const dns::Query query_;
  const MayRead may_read_;
  Done done_;
  std::vector<Endpoint> order_;
  size_t turns_ = 0;    // begun
  uint64_t step_ = 0;   // what was begun before an earlier step is not heard any more
  uint16_t id_ = 0;
  Clock::time_point end_{};
  SharedReply failure_;   // that an upstream answered
  boost::asio::steady_timer timer_;
  std::optional<Udp::socket> datagrams_;
  std::optional<Tcp::socket> stream_;
  dns::Bytes sent_, received_;
  std::array<uint8_t, 2> length_{};
};

}   // namespace sluice
