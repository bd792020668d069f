// SPDX-License-Identifier: GPL-2.0-or-later
// What other gateways are to be told of the flows that this one carries, so that they can go on with them:
// what has just become established, where the engine says so, and what looks at all flows find, of which only
// what is new is told. Told in pieces of text, which nobody waits for:
//
//   begin             all flows come now
//   flows\tFLOW...    FLOW: gateway/flow_text.hpp
//   ends\tKEY...
//   all N             that were all of them, by look N
//   look N            that was what is new since the look before
//   carriers N M      N nodes of M that there are are a good way now, where all carry (daemon/carriers.hpp)
//
// Who has them answers "have N". Between the pieces of a look that has much to tell there are such marks too,
// so that no more is underway than others take soon.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "daemon/known_names.hpp"
#include "gateway/gateway.hpp"
#include "gateway/sent_flows.hpp"

namespace sluice {

class StateSender {
 public:
  // `ready`: there are pieces to be taken.
  StateSender(boost::asio::io_context& io, Gateway& gateway, KnownNames& names, std::function<void()> ready);

  void run();           // looks from now on; for who is heard
  void stop();          // and forgets whom it told what
  void tell_all();      // somebody knows nothing
  std::string next();   // piece; empty: none
  size_t flows() const { return sent_.size(); }
  void note_taken(uint64_t mark);   // somebody has all up to there
  // From when on it is told what has become established, by a mark's number; none: too long ago, or it is no
  // such mark.
  std::optional<std::chrono::steady_clock::time_point> time_of(uint64_t look) const;

 private:
  bool is_quiet();
  void hear_news();
  void look();
  void take_news();
  bool may_tell_news();
  void tell_news(const std::vector<FlowState>& flows);
  void mark_news(std::chrono::steady_clock::time_point time);
  uint64_t number_time(std::chrono::steady_clock::time_point time);   // as a mark says it
  void read_on();
  void add(std::string_view verb, std::string&& text);
  void tell(std::string piece);
  void mark(std::string_view verb, uint64_t number);
  bool is_too_much() const;
  void go_on();
  void finish();
  void rest();

  boost::asio::io_context& io_;
  Gateway& gateway_;
  KnownNames& names_;
  std::function<void()> ready_;
  boost::asio::steady_timer soon_, news_soon_;
  SentFlows sent_;
  std::unique_ptr<FlowReader> reader_;   // of the look that goes on
  std::unique_ptr<FlowNews> news_;       // null: the engine says none, or a look begins to hear
  std::string deaf_;                     // why they could not be heard, as it was told
  std::deque<std::string> pieces_;
  size_t bytes_ = 0;   // of them
  std::string verb_, line_;
  std::chrono::steady_clock::duration spent_{};
  std::deque<std::pair<uint64_t, std::chrono::steady_clock::time_point>> times_;   // of looks, and between
  uint64_t look_ = 0, last_mark_ = 0;                                              // numbers of one kind
  uint64_t told_ = 0, taken_ = 0;                     // bytes of pieces, and up to where somebody has them
  std::deque<std::pair<uint64_t, uint64_t>> marks_;   // and the bytes that were told before
  std::pair<uint64_t, uint64_t> counts_;              // flows that ever began, and that there are
  std::chrono::steady_clock::time_point changed_{}, looked_{}, marked_{};
  uint64_t lost_ = 0;      // news, when the last look began
  int64_t revision_ = 0;   // that the look is of
  bool runs_ = false, all_ = true, tells_all_ = false, is_full_ = false;
  // What was missing when the last look began that look has found; it has ended, or nothing was.
  bool has_all_news_ = false;
};

}   // namespace sluice
