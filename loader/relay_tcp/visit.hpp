// SPDX-License-Identifier: GPL-2.0-or-later
// A connection to the relay. WireGuard sees it at an address of 127.0.0.0/8 of its own, so that what it
// bounds by address (handshakes under load) bounds each of them.
#pragma once

#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "relay_tcp/tls_tunnel.hpp"

namespace sluice {

class RelayVisit : public std::enable_shared_from_this<RelayVisit> {
 public:
  struct Ends {
    std::function<void()> proven;   // WireGuard has answered, so there is a key
    std::function<void()> ended;    // once; not after close()
  };

  // `tunnel`: WireGuard's port. `number`: of no other visit.
  RelayVisit(std::shared_ptr<TlsStream> stream, uint16_t tunnel, uint64_t number, Ends ends);

  void start();
  void close();

 private:
  using Udp = boost::asio::ip::udp;

  void carry();
  bool open_socket();
  void hear();
  void note_answer();
  void await_silence();
  void end();

  const std::shared_ptr<TlsStream> stream_;
  const uint16_t tunnel_;
  const uint64_t number_;
  Ends ends_;
  boost::asio::steady_timer timer_;
  Udp::socket udp_;
  std::shared_ptr<TlsTunnel> tls_;
  std::array<uint8_t, kLongestCarried> buffer_{};
  bool proven_ = false;
  std::chrono::steady_clock::time_point answered_;   // by WireGuard
};

}   // namespace sluice
