// SPDX-License-Identifier: GPL-2.0-or-later
// Has routers asked for ports, and STUN servers how they are seen, by a process of its own.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "gateway/gateway.hpp"
#include "talk/helper_link.hpp"

namespace sluice {

class ReachFollower {
 public:
  ReachFollower(boost::asio::io_context& io, Gateway& gateway);

  // Another document may be in force, or other addresses, or another router.
  void look_again();
  // Everything is about to be taken down: routers get back what they gave. Waits for it, for a moment.
  void give_back();
  void stop();

 private:
  std::string next();
  Result<> heed(const std::string& line);
  void lose(const std::string& why);
  void lead();

  Gateway& gateway_;
  HelperLink link_;   // of one that does not run: nobody is asked
  std::string wanted_, sent_;
  boost::asio::steady_timer lead_;   // tunnels turn to where they hear something late: they are looked after
  std::string lead_trouble_;         // told once
  std::optional<std::chrono::seconds> keepalive_;   // that tunnels have been given
};

}   // namespace sluice
