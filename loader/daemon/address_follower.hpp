// SPDX-License-Identifier: GPL-2.0-or-later
// Sees whether the addresses of a cluster are at this node, tells when that changes, and keeps the process
// that moves them.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string>

#include "cluster/view.hpp"
#include "daemon/session_watch.hpp"
#include "gateway/gateway.hpp"

namespace sluice {

class AddressFollower {
 public:
  // `missing` is called when the process does not run, `turned` when another node has become a better one, or
  // is it no more.
  AddressFollower(boost::asio::io_context& io, Gateway& gateway, std::function<void()> missing,
                  std::function<void()> turned)
      : gateway_(gateway), timer_(io), missing_(std::move(missing)), hindrance_turned_(std::move(turned)) {}

  // The machine, the document or the cluster may be another one. `others`: null where nobody knows of them.
  void look_again(const ClusterView* others);
  void stop();
  // Another node is to have them.
  void yield();

  // "active"; "standby", or "carrying" where all nodes carry and another one leads; empty: addresses do not
  // move.
  const std::string& role() const { return role_; }
  // Why another node would be a better one: "lan is down"; empty: none would.
  const std::string& hindered() const { return hindered_; }

 private:
  void await_look();
  void look();   // what may make another node a better one
  void judge();
  void note_role(const ClusterView* others);
  std::string find_hindrance() const;
  void note_wire();
  std::optional<std::chrono::seconds> active_for() const;   // as VRRP is to believe it
  std::chrono::seconds age() const;                         // of the role
  std::string why_active(const ClusterView* others) const;

  Gateway& gateway_;
  SessionWatch sessions_;
  boost::asio::steady_timer timer_;
  const std::function<void()> missing_, hindrance_turned_;
  std::string role_, hindered_;
  std::chrono::steady_clock::time_point turned_{}, yields_until_{};
  std::optional<std::chrono::steady_clock::time_point>
      was_down_,       // the interface that nodes hear each other by
      was_hindered_;   // at the last look that saw that
  std::chrono::milliseconds pause_{};
  bool waits_ = false, ran_ = false;
};

}   // namespace sluice
