// SPDX-License-Identifier: GPL-2.0-or-later
// Where all nodes of a cluster carry: tells the one that leads, which keeps the state of all flows, which of
// them were used here. In pieces of text:
//
//   used\tUSE...      USE: a key as in gateway/flow_text.hpp, and the seconds since its last packet
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "daemon/known_names.hpp"
#include "gateway/gateway.hpp"
#include "gateway/sent_flows.hpp"

namespace sluice {

class StateUses {
 public:
  StateUses(boost::asio::io_context& io, Gateway& gateway, KnownNames& names,
            std::function<void(std::string piece)> tell);

  void run();    // looks from now on
  void stop();   // and forgets what it told

  // At the one that leads. Failure: it makes no sense, or cannot be noted.
  Result<> heed(std::string_view piece);

 private:
  struct Known {
    uint32_t look = 0;                              // that saw it last
    std::chrono::steady_clock::time_point told{};   // when
    uint64_t packets = 0;                           // that it had carried then
  };

  void look();
  void read_on();
  void note(const FlowState& flow);
  void finish();
  void rest();

  boost::asio::io_context& io_;
  Gateway& gateway_;
  KnownNames& names_;
  const std::function<void(std::string)> tell_;
  boost::asio::steady_timer soon_;
  std::unique_ptr<FlowReader> reader_;   // of the look that goes on
  std::unordered_map<FlowKey, Known, HashOfFlowKey> known_;
  std::string line_;
  std::chrono::steady_clock::duration spent_{};
  uint32_t look_ = 0;
  bool runs_ = false;
};

}   // namespace sluice
