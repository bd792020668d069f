// SPDX-License-Identifier: GPL-2.0-or-later
// The sockets by which a router is asked (PCP, NAT-PMP), and by which it tells all hosts of its link that it
// lost what it gave. Nobody but the router is heard.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "model/address.hpp"
#include "pcp/client_message.hpp"

namespace sluice {

struct RouterPlace {
  std::string device;
  uint32_t index = 0;   // of the device, which an address of the link is one of
  IpAddress local, router;
  bool operator==(const RouterPlace&) const = default;
};

class RouterSocket : public std::enable_shared_from_this<RouterSocket> {
 public:
  using Heard = std::function<void(const pcp::Answer&)>;
  using Nobody = std::function<void()>;

  RouterSocket(boost::asio::io_context& io, RouterPlace place)
      : place_(std::move(place)), ask_(io), news_(io) {}

  // `nobody`: the router says that it is not asked there.
  Result<> open(Heard heard, Nobody nobody);
  void close();
  void send(const pcp::Bytes& message);
  const RouterPlace& place() const { return place_; }

 private:
  using Udp = boost::asio::ip::udp;
  struct Ear {
    std::array<uint8_t, pcp::kLongestMessage + 1> buffer{};   // that one is too long is seen
    Udp::endpoint from;
  };

  Result<> open_at(Udp::socket& socket, const IpAddress& address, uint16_t port, bool shared);
  void await(Udp::socket& socket, Ear& ear);
  void hear(const Ear& ear, size_t size);

  const RouterPlace place_;
  Udp::socket ask_, news_;
  Ear answers_, told_;
  Heard heard_;
  Nobody nobody_;
};

}   // namespace sluice
