// SPDX-License-Identifier: GPL-2.0-or-later
// Tells other gateways how empty the buckets of limits are here, so that whoever is held by a limit is held
// where the addresses go. In pieces of text:
//
//   debts N\tDEBT...   the Nth piece; DEBT: gateway/debt_text.hpp
//
// Who knows what that is says "debts 0" when it is told of all flows, and answers "debts N". A release that
// knows of none says neither, and is told nothing of it: nor is anybody else while that one hears, since a
// piece goes to all.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/known_names.hpp"
#include "engine/limit_debt.hpp"
#include "gateway/gateway.hpp"

namespace sluice {

class StateDebts {
 public:
  struct Ends {
    std::function<bool()> may_look;   // whoever hears has all that was told
    std::function<void()> ready;      // there are pieces to be taken
  };

  StateDebts(boost::asio::io_context& io, Gateway& gateway, KnownNames& names, Ends ends);

  void run();                               // looks from now on
  void stop();                              // and forgets what it told
  void tell_all() { news_ = nullptr; }      // somebody knows nothing
  std::string next();                       // piece; empty: none
  uint64_t told() const { return told_; }   // the number of the last piece

 private:
  void look();
  Result<> tell_news();
  void tell();

  Gateway& gateway_;
  KnownNames& names_;
  const Ends ends_;
  boost::asio::steady_timer soon_;
  std::unique_ptr<DebtNews> news_;
  std::deque<std::string> pieces_;
  std::string line_;
  uint64_t told_ = 0;
  bool runs_ = false;
};

inline constexpr std::string_view kDebts = "debts";
std::string debts_answer(uint64_t number);
// The N of "debts N", behind that there may be debts; none: it is something else.
std::optional<uint64_t> parse_debts_number(std::string_view words);

}   // namespace sluice
