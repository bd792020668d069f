// SPDX-License-Identifier: GPL-2.0-or-later
// What metrics tell of flows. Few in a small table are looked at when somebody asks. Others are looked at
// piece by piece, and the daemon does other things between two of them: who asks is told what the look came
// to that was begun when somebody asked before.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "daemon/top_listeners.hpp"
#include "engine/flow_reader.hpp"
#include "gateway/gateway.hpp"
#include "show/flow_tally.hpp"

namespace sluice {

class FlowCounter {
 public:
  FlowCounter(boost::asio::io_context& io, Gateway& gateway) : io_(io), gateway_(gateway) {}

  Result<std::string> metrics();
  void stop();   // a look that goes on comes to nothing

 private:
  using Clock = TopPace::Clock;
  // Of an object, by kind and name.
  using Told = std::map<std::pair<uint8_t, std::string>, std::pair<uint64_t, uint64_t>>;

  Result<FlowTally> tally();
  bool takes_its_time();   // a look at all flows
  void begin();
  void read_on();
  void end();
  void never_less(std::vector<ObjectCount>& objects);

  boost::asio::io_context& io_;
  Gateway& gateway_;
  TopPace pace_;
  std::optional<FlowTally> last_;
  Clock::time_point looked_{};
  // Of the look that goes on.
  std::unique_ptr<FlowReader> reader_;
  std::optional<FlowTallier> tallier_;
  Clock::duration spent_{};
  // What was told of the revision in force: a flow that ends during a look is in the next one.
  Told told_;
  int64_t revision_ = 0;
};

}   // namespace sluice
