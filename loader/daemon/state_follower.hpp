// SPDX-License-Identifier: GPL-2.0-or-later
// Flows go on when another node of the cluster takes the addresses: the active node tells the others of them,
// over a link of their own and by a process of its own (sync/process.hpp).
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "daemon/carriers.hpp"
#include "daemon/known_names.hpp"
#include "daemon/state_debts.hpp"
#include "daemon/state_receiver.hpp"
#include "daemon/state_sender.hpp"
#include "daemon/state_uses.hpp"
#include "gateway/gateway.hpp"
#include "sync/wire.hpp"
#include "talk/helper_link.hpp"

namespace sluice {

class StateFollower {
 public:
  StateFollower(boost::asio::io_context& io, Gateway& gateway);

  void look_again();   // another document may be in force, or the addresses may have moved
  // To whom it concerns: this node may be a good way no more, or one again.
  void tell_hindrance();
  void stop();

 private:
  struct Peer {
    SyncPeer news;
    std::optional<std::chrono::steady_clock::time_point> has;   // all that was there then; none: nothing
    uint64_t came = 0;                                          // when it began to tell, as a count
    std::optional<uint64_t> debts;   // the last piece of these that it has; none: it takes none
    bool is_hindered = false;        // as it says
  };

  std::string order();
  std::string next();
  Result<> heed(const std::string& line);
  void heed(const SyncNews& news);
  void heed(const SyncFrom& from);
  void heed(const SyncAnswer& answer);
  void forget();
  void tell_trouble(const std::string& why);
  void tell_facts();
  void look_for_who_hears();
  void hold_flows();
  void release_flows();
  bool all_carry() const;
  void follow_role();
  void lead();
  std::optional<IpAddress> leader() const;
  bool hears_leader() const;
  Carriers carriers_as_told() const;
  Carriers carriers() const;
  void tell_carriers();
  bool heed_hindrance(const SyncAnswer& answer);   // whether it is about that
  bool heed_debts(const SyncAnswer& answer);
  bool all_have_debts() const;
  void tell_uses(const std::string& piece);

  static constexpr size_t kMostAnswers = 256;   // of a process that does not read

  Gateway& gateway_;
  HelperLink link_;
  std::string wanted_, sent_;         // lines
  std::deque<std::string> answers_;   // lines
  KnownNames names_;
  StateSender sender_;
  StateDebts debts_;
  StateReceiver receiver_;
  StateUses uses_;
  std::map<IpAddress, Peer> peers_;
  bool active_ = false, holds_ = false, tells_carriers_ = false;
  std::optional<Carriers> told_carriers_;   // to the others
  uint64_t came_ = 0;                       // peers that began to tell
  boost::asio::steady_timer release_;
  std::string trouble_;    // the process's
  std::string not_kept_;   // why the last piece could not be kept
};

}   // namespace sluice
