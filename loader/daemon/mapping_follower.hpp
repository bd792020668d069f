// SPDX-License-Identifier: GPL-2.0-or-later
// Has hosts' requests for ports heard by a process of its own, and decides them.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "gateway/gateway.hpp"
#include "talk/helper_link.hpp"

namespace sluice {

class MappingFollower {
 public:
  // `failed` is called when rules could not be exchanged.
  MappingFollower(boost::asio::io_context& io, Gateway& gateway, std::function<void()> failed);

  // Another document may be in force, or other addresses: those are heard that it names now.
  void look_again();
  void stop();

 private:
  using Clock = std::chrono::steady_clock;

  void hear_nobody();
  std::string next();
  Result<> heed(const std::string& line);
  void forget();
  void lose(const std::string& why);
  void note(MappingNews news);
  void answer_soon(MappingRequest request);
  void answer();
  void end_leases();
  void await_end();

  Gateway& gateway_;
  std::function<void()> failed_;
  HelperLink link_;                        // of one that does not run: nobody is heard
  std::string wanted_, sent_, answers_;    // orders, and what was decided
  std::vector<MappingRequest> requests_;   // that are decided together
  boost::asio::steady_timer batch_, ending_;
  Clock::time_point next_batch_{};
};

}   // namespace sluice
