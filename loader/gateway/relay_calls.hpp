// SPDX-License-Identifier: GPL-2.0-or-later
// By which way the relays of this gateway are called: by UDP, or over TLS while nothing is heard by UDP.
// Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/document.hpp"
#include "model/health.hpp"
#include "model/relay_tcp.hpp"

namespace sluice {

// Of one relay, which has both ways.
class RelayWay {
 public:
  using Clock = std::chrono::steady_clock;
  // What is known at a moment.
  struct Seen {
    Health health = Health::kUnknown;       // through the tunnel, by whichever way
    std::optional<RelayTcpCallNews> call;   // none: nobody calls over TLS
  };

  // `by_tcp`: the device was left so by a daemon before.
  explicit RelayWay(bool by_tcp, Clock::time_point now);

  bool wants_call(const Seen& seen) const;   // over TLS
  enum class Turn : uint8_t { kStay, kToTcp, kToUdp };
  // What is to be done with the device now; it is taken for done.
  Turn decide(const Seen& seen, Clock::time_point now);
  // Where the tunnel's datagrams go; 0: by UDP.
  uint16_t port() const { return port_; }

 private:
  Turn decide_by_tcp(const Seen& seen, Clock::time_point now);
  void go_to(uint16_t port, Clock::time_point now);

  bool by_tcp_;
  bool leaves_ = false;   // the call is to end, and UDP comes after it
  uint16_t port_ = 0;
  std::chrono::seconds pause_;   // before UDP is tried again
  Clock::time_point hold_, turned_, returned_;
};

class RelayCalls {
 public:
  using Healths = std::map<std::string, Health>;   // by relays' names
  struct Turn {
    std::string relay;
    Endpoint to;
    bool by_tcp = false;
  };

  bool knows(const std::string& relay) const { return ways_.contains(relay); }
  void add(const std::string& relay, bool by_tcp) {
    ways_.insert_or_assign(relay, RelayWay(by_tcp, RelayWay::Clock::now()));
  }
  void forget(const std::string& relay) { ways_.erase(relay); }

  void note(RelayTcpNews news) { news_ = std::move(news); }
  const RelayTcpNews& news() const { return news_; }
  // What devices are to be told now. Of relays that are added.
  std::vector<Turn> decide(const Document& document, const Healths& healths, RelayWay::Clock::time_point now);
  RelayTcpOrder order(const Document& document, const Healths& healths) const;
  // Where tunnels go, in the document's own words.
  void settle(Document& document) const;

 private:
  RelayWay::Seen seen(const std::string& relay, const Healths& healths) const;

  std::map<std::string, RelayWay> ways_;
  RelayTcpNews news_;
};

}   // namespace sluice
