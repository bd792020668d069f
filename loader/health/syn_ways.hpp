// SPDX-License-Identifier: GPL-2.0-or-later
// From which of the gateway's addresses targets are asked: as the kernel's routes say, in the VRF of the
// target's device. A raw socket for each such address.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/unique_fd.hpp"
#include "health/syn_socket.hpp"
#include "model/address.hpp"

namespace sluice {

class SynWays {
 public:
  using Socket = std::shared_ptr<SynSocket>;
  // `filters`: of IPv4 and of IPv6.
  struct Filters {
    std::vector<sock_filter> ipv4, ipv6;
  };

  SynWays(boost::asio::io_context& io, Filters filters, SynSocket::Ear ear);

  // The one that a SYN to `to` is sent by now.
  Socket find(const Endpoint& to, const std::string& device, boost::system::error_code& error);
  // Those that nobody else has are closed.
  void forget_unused();

 private:
  // Of one device; that of no name is any.
  struct Device {
    UniqueFd asking4, asking6;   // datagram sockets that are asked for the way, and never send
    int index = 0;   // one that is made anew has the same name, and sockets of the old one lead nowhere
    std::map<IpAddress, Socket> sockets;
  };

  Socket socket_from(Device& device, const IpAddress& source, const std::string& name,
                     boost::system::error_code& error);

  boost::asio::io_context& io_;
  Filters filters_;
  SynSocket::Ear ear_;
  std::map<std::string, Device> devices_;
};

}   // namespace sluice
