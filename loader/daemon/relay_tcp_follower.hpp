// SPDX-License-Identifier: GPL-2.0-or-later
// Has tunnels of relays carried over TLS by a process of their own: those of clients of this gateway's relay,
// and its own while UDP does not get through.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <string>

#include "gateway/gateway.hpp"
#include "talk/helper_link.hpp"

namespace sluice {

class RelayTcpFollower {
 public:
  RelayTcpFollower(boost::asio::io_context& io, Gateway& gateway);

  // Another document may be in force.
  void look_again();
  void stop();

 private:
  void await_look();
  void carry_nothing();
  void tell_troubles(const RelayTcpNews& before) const;
  Result<> heed(const std::string& line);
  void lose(const std::string& why);

  Gateway& gateway_;
  HelperLink link_;   // of one that does not run: nothing is carried
  boost::asio::steady_timer timer_;
  std::string wanted_, sent_;   // lines
};

}   // namespace sluice
