// SPDX-License-Identifier: GPL-2.0-or-later
// A tunnel's datagrams over a connection of TLS, at either end of it.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "relay_tcp/carried.hpp"

namespace sluice {

using TlsStream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;

class TlsTunnel : public std::enable_shared_from_this<TlsTunnel> {
 public:
  struct Ends {
    CarriedReader::Heed heed;                            // a datagram of the other end
    std::function<void(const std::string& why)> ended;   // once; not after close()
  };

  // `stream` is connected, and has shaken hands.
  TlsTunnel(std::shared_ptr<TlsStream> stream, Ends ends)
      : stream_(std::move(stream)), ends_(std::move(ends)) {}

  void start();
  // Where too much waits it is lost, as by UDP: TCP inside goes slower then.
  void send(std::span<const uint8_t> datagram);
  void close();

 private:
  void read();
  void write();
  void end(const std::string& why);

  const std::shared_ptr<TlsStream> stream_;
  Ends ends_;
  CarriedReader reader_;
  std::array<uint8_t, 16'384> input_{};
  std::vector<uint8_t> waiting_, writing_;
};

// What both ends of a connection want: no waiting for more, and little that waits in the kernel.
void prepare_for_datagrams(boost::asio::ip::tcp::socket& socket);

}   // namespace sluice
