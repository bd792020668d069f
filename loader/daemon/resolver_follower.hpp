// SPDX-License-Identifier: GPL-2.0-or-later
// Has the names of served zones resolved by a process of its own, and hears how that goes.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string>
#include <vector>

#include "gateway/gateway.hpp"
#include "resolver/wire.hpp"
#include "talk/helper_link.hpp"

namespace sluice {

class ResolverFollower {
 public:
  // `failed` is called when rules could not be exchanged that open or close addresses.
  ResolverFollower(boost::asio::io_context& io, Gateway& gateway, std::function<void()> failed);

  // Another document may be in force, or other addresses: those are served that it names now.
  void look_again();
  void stop();

 private:
  void serve_nobody();
  std::string next();
  void forget();
  void note(ResolverNews news);
  Result<> heed(const std::string& line);
  void open_soon(NumberedLookUp look_up);
  bool open(const std::vector<LookUp>& look_ups);
  void open();
  void await_close();

  boost::asio::io_context& io_;
  Gateway& gateway_;
  std::function<void()> failed_;
  HelperLink link_;                        // of one that does not run: nobody is served
  std::string wanted_, sent_, done_;       // orders, and which look-ups are done
  std::vector<NumberedLookUp> look_ups_;   // that are to be opened together
  boost::asio::steady_timer closing_;
  int64_t revision_ = 0;     // that it was told of
  bool is_behind_ = false;   // the rules in force lack what was to be opened
};

}   // namespace sluice
