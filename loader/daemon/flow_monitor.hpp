// SPDX-License-Identifier: GPL-2.0-or-later
// Tells those who listen which flows begin and end, by looks at all of them, and what the packet path itself
// reports: mappings, and what there was no room for.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "daemon/line_feed.hpp"
#include "gateway/gateway.hpp"
#include "show/event_text.hpp"
#include "show/flow_changes.hpp"

namespace sluice {

class FlowMonitor {
 public:
  FlowMonitor(boost::asio::io_context& io, Gateway& gateway);

  // Failure: too many listen. With `now` the first lines are the flows that are there.
  Result<std::shared_ptr<Feed>> listen(bool now);
  bool is_heard() { return listeners_.any(); }
  // What was reported just now.
  void note(const std::vector<EventEntry>& entries);
  void stop();

 private:
  void look();
  void read_on();
  void tell(const FlowChanges::Changes& changes);
  void rest();

  boost::asio::io_context& io_;
  Gateway& gateway_;
  LineListeners listeners_;
  boost::asio::steady_timer soon_;
  FlowChanges changes_;
  std::unique_ptr<FlowReader> reader_;                  // of the look that goes on
  std::chrono::steady_clock::duration spent_{};         // by it
  std::vector<std::weak_ptr<LineFeed>> wait_for_all_;   // who is to be told what is there after the next look
  bool runs_ = false;
};

}   // namespace sluice
