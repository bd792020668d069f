// SPDX-License-Identifier: GPL-2.0-or-later
// Asks all targets at their intervals and tells what changes. One thread, one timer: at ten thousand targets
// a timer for each check would cost more than the check.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "health/check.hpp"
#include "health/rise_and_fall.hpp"
#include "health/source_ports.hpp"

namespace sluice {

class Checker {
 public:
  // `most`: checks at once; others wait. Changes within 10 ms are told together.
  Checker(boost::asio::io_context& io, size_t most, std::function<void(HealthNews)> tell);

  // These and no others from now on. Those that are as they were go on with what is known of them.
  void want(std::vector<HealthTarget> targets);
  // Asks those at once that clients have trouble with, but `fall` times within an interval at most: nobody
  // who sends packets from outside makes the gateway ask without end. Names that are not asked are passed
  // over.
  void heed(const HealthSigns& signs);

 private:
  using Clock = std::chrono::steady_clock;

  struct Watched {
    std::shared_ptr<CheckQuestion> target;
    size_t turn = 0;   // of its ports; of UDP it goes on with each check
    RiseAndFall judge;
    Latency latency;
    std::string reason;
    Clock::time_point begun{};
    std::shared_ptr<Check> check;                                 // that runs
    std::multimap<Clock::time_point, Watched*>::iterator place;   // in due_, or in deadlines_ while it runs
  };

  void watch(HealthTarget target);
  void tell_what_is_known(const Watched& watched, Health told);
  uint16_t port_for(Watched& watched) const;
  void forget(Watched& watched);
  void await();
  void look();
  void ask_soon(Watched& watched);
  void begin(Watched& watched, Clock::time_point now);
  void note(Watched& watched, CheckOutcome outcome, Clock::time_point now);
  void tell_soon();
  void await_report();

  boost::asio::io_context& io_;
  const size_t most_;
  std::function<void(HealthNews)> tell_;
  TrustStore trust_;
  SourcePorts ports_;
  // How many targets ask the same place: each has a port of its own, because their connections have the same
  // ends otherwise.
  std::map<std::pair<IpAddress, uint16_t>, size_t> asking_;
  std::unordered_map<std::string, std::unique_ptr<Watched>> watched_;
  std::multimap<Clock::time_point, Watched*> due_, deadlines_;
  Clock::time_point awaited_ = Clock::time_point::max();   // by timer_
  boost::asio::steady_timer timer_, telling_, report_;
  HealthNews news_;
  std::minstd_rand chance_;
  int reports_ = 0;
};

// Of a check that begins now: when the next one does. After a failure sooner, so that `fall` failures are
// seen within `fall` intervals although each may take the timeout. `jitter`: 0 to 1.
std::chrono::microseconds pause_before_next(const HealthCheck& check, bool in_doubt, double jitter);

}   // namespace sluice
