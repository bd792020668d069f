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
#include "health/half_open.hpp"
#include "health/rise_and_fall.hpp"
#include "health/source_ports.hpp"

namespace sluice {

class Checker {
 public:
  // `most`: checks at once; others wait. Changes within 10 ms are told together.
  Checker(boost::asio::io_context& io, size_t most, std::function<void(HealthNews)> tell);

  // These and no others from now on. Those that are as they were go on with what is known of them.
  void want(std::vector<HealthTarget> targets);
  // What HTTPS trusts from now on.
  void trust(TrustFiles files) { trust_.take(std::move(files)); }
  // Asks those at once that clients have trouble with, but `fall` times within an interval at most: nobody
  // who sends packets from outside makes the gateway ask without end. Names that are not asked are passed
  // over.
  void heed(const HealthSigns& signs);

 private:
  using Clock = std::chrono::steady_clock;
  struct Watched;
  using Times = std::multimap<Clock::time_point, Watched*>;

  struct Watched {
    std::shared_ptr<CheckQuestion> target;
    size_t turn = 0;   // of its ports; of UDP it goes on with each check
    RiseAndFall judge;
    Latency latency;
    bool has_moved = false;   // and is one of moved_
    std::string reason;
    Clock::time_point begun{}, deadline{};
    std::chrono::microseconds until_again{};   // the pause before it is asked again
    std::shared_ptr<Check> check;              // that runs
    Times::iterator place;                     // in due_, or in looks_ while it runs
  };

  void watch(HealthTarget target);
  void tell_what_is_known(const Watched& watched, Health told);
  uint16_t port_for(Watched& watched) const;
  void forget(Watched& watched);
  void await();
  void look();
  void look_at(Watched& late, Clock::time_point now);
  static void move(Watched& watched, Times& from, Times& to, Clock::time_point when);
  void ask_soon(Watched& watched);
  void begin(Watched& watched);
  void note(Watched& watched, CheckOutcome outcome, Clock::time_point now);
  void note_latency(Watched& watched, std::chrono::microseconds time);
  void tell_soon();
  void await_report();
  void say_how_tcp_is_asked();

  boost::asio::io_context& io_;
  const size_t most_;
  std::function<void(HealthNews)> tell_;
  TrustStore trust_;
  SourcePorts ports_;
  HalfOpenChecks half_open_;
  // How many targets ask the same place: each has a port of its own, because their connections have the same
  // ends otherwise.
  std::map<std::pair<IpAddress, uint16_t>, size_t> asking_;
  std::unordered_map<std::string, std::unique_ptr<Watched>> watched_;
  Times due_, looks_;
  Clock::time_point awaited_ = Clock::time_point::max();   // by timer_
  bool looking_ = false;                                   // what is due next is awaited when that is done
  boost::asio::steady_timer timer_, telling_, report_;
  HealthNews news_;
  std::vector<Watched*> moved_;   // whose latencies are to be told
  std::string remark_;            // to be told once
  bool has_remarked_ = false;
  std::minstd_rand chance_;
  int reports_ = 0;
};

// Of a check that begins now: when the next one does. After a failure sooner, so that `fall` failures are
// seen within `fall` intervals although each may take the timeout. `jitter`: 0 to 1.
std::chrono::microseconds pause_before_next(const HealthCheck& check, bool in_doubt, double jitter);

// How long one waits for an answer before a question is repeated: as TCP (RFC 6298 section 2), and sooner
// where there is less time than that.
std::chrono::microseconds first_pause(std::chrono::milliseconds timeout);

}   // namespace sluice
