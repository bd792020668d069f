// SPDX-License-Identifier: GPL-2.0-or-later
// The client's end, of one relay: WireGuard's datagrams are taken at a port of 127.0.0.1 and go to the relay
// by TLS. A connection that ends, or by which nothing is heard, is made anew.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "model/relay_tcp.hpp"
#include "relay_tcp/tls_tunnel.hpp"
#include "relay_tcp/udp_asker.hpp"

namespace sluice {

class RelayCaller : public std::enable_shared_from_this<RelayCaller> {
 public:
  // `changed`: its news are others.
  RelayCaller(boost::asio::io_context& io, boost::asio::ssl::context& context, RelayTcpCall call,
              std::function<void()> changed);

  void start();
  void stop();
  const RelayTcpCall& call() const { return call_; }
  RelayTcpCallNews news() const;

 private:
  using Udp = boost::asio::ip::udp;
  using Clock = std::chrono::steady_clock;

  bool open_socket();
  void take();
  void connect();
  void shake_hands();
  void carry();
  void give_up(const std::string& why);
  void watch();

  boost::asio::io_context& io_;
  boost::asio::ssl::context& context_;
  const RelayTcpCall call_;
  std::function<void()> changed_;   // null: stopped
  Udp::socket udp_;
  Udp::endpoint wireguard_, from_;
  std::shared_ptr<TlsStream> stream_;   // until it has shaken hands
  std::shared_ptr<TlsTunnel> tls_;
  std::shared_ptr<UdpAsker> asker_;
  boost::asio::steady_timer timer_, watch_;
  std::chrono::seconds pause_;
  std::optional<Clock::time_point>
      unheard_since_;   // something was sent then, and nothing was heard after it
  std::string trouble_;
  std::array<uint8_t, kLongestCarried> buffer_{};
};

}   // namespace sluice
