// SPDX-License-Identifier: GPL-2.0-or-later
// How the gateway is reached behind somebody else's NAT: what is to be asked of the router and of STUN
// servers, and what became of it. Who asks is somebody else.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "gateway/path_book.hpp"
#include "gateway/reach_book.hpp"
#include "gateway/relay_calls.hpp"
#include "model/document.hpp"
#include "model/observed.hpp"
#include "model/reach_order.hpp"

namespace sluice {

struct ReachTest {
  uint64_t number = 0;   // 0: none since the daemon began
  bool runs = false;
  std::optional<std::chrono::system_clock::time_point> ended;   // of the last that is over
};

class ReachKeeper {
 public:
  explicit ReachKeeper(const std::filesystem::path& state) : book_(state) {}

  // What is to be asked now. Without ports, and nothing to return: nothing. `document`: the one in force;
  // null: there is none.
  Result<ReachOrder> order(const Document* document);
  // What was answered last, with all that routers gave to be given back.
  ReachOrder order_to_end() const;
  // The next order has all asked anew, unless that goes on already. The number of the test.
  uint64_t test();
  const ReachTest& last_test() const { return test_; }
  // Keeps what has to be kept, and tells in the journal what has changed.
  void note(ReachNews news);

  RelayCalls& calls() { return calls_; }   // of its relays
  const ReachOrder& last_order() const { return order_; }
  const ReachNews& news() const { return news_; }
  // Of a port; null: nothing is known.
  const PortNews* news_of(uint16_t port) const;
  // What a new peer of the network is to dial, where strangers were seen to get through.
  std::optional<Endpoint> found(const Network& network) const;

 private:
  void note_test(uint64_t over);
  void forget_others(ReachNews& news) const;
  void tell_changes(const PortNews& before, const PortNews& now) const;

  ReachBook book_;
  PathBook paths_;
  RelayCalls calls_;
  ReachOrder order_;
  ReachNews news_;
  ReachTest test_;
  std::string trouble_;   // why nothing is kept; told once
};

// The interface's place on the machine, and the routers behind it. Pure but for the routes.
Result<> find_routers(const Observed& seen, ReachOrder& order);

}   // namespace sluice
