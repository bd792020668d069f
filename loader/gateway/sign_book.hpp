// SPDX-License-Identifier: GPL-2.0-or-later
// What connections of clients tell about backends. Who is asked by checks is asked at once where somebody was
// refused or waits for too long: a stranger can make it look so, and so it is not believed. Who is not asked
// is left for a while after several connections in a row that came to nothing (docs/decisions/0057-signs.md).
// Pure.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/state.hpp"
#include "gateway/health_book.hpp"
#include "model/document.hpp"
#include "model/health.hpp"

namespace sluice {

// The connections that failed one after the other, without one between them that was answered.
class FailureStreak {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // Begins anew, as if nothing had been counted before this.
  void begin(const SignCount& now);
  // `patience`: who has had no answer for so long has failed.
  void note(const SignCount& now, Time time, std::chrono::milliseconds patience);

  uint32_t failures() const { return failures_; }
  uint32_t refused() const { return last_.refused - begin_.refused; }   // of them
  Time since() const { return since_; }                                 // that the first one was seen
  // By the last look: more failed; and somebody was answered.
  bool grew() const { return grew_; }
  bool answered() const { return answered_; }

 private:
  struct Look {
    Time time;
    uint32_t asked;
  };
  SignCount begin_, last_;
  bool has_begun_ = false, grew_ = false, answered_ = false;
  uint32_t failures_ = 0;
  Time since_{};
  // Since begin_, back to one that is as old as the patience: a handful. As long as nobody asks there are
  // none, because there is one of these for each of a hundred thousand addresses.
  std::vector<Look> looks_;
};

class SignBook {
 public:
  using Time = FailureStreak::Time;
  struct Found {
    HealthSigns signs;                   // of those that are asked
    std::vector<HealthChange> changes;   // of those that are not: left, or tried again (kUnknown)
  };

  // Who takes new flows by the document as it was declared. What is known of those that stay is kept.
  void want(const Document& declared);
  const std::vector<std::string>& names() const { return names_; }
  // `counts` of names(), in their order; empty: nobody counts.
  Found look(const std::vector<SignCount>& counts, Time now);
  // Those that are left now, and those that are tried again.
  std::map<std::string, KnownHealth> left() const;

 private:
  struct Address {
    IpAddress to;
    uint16_t port = 0;
    HealthCheck check;
    bool by_latency = false;
    size_t group = 0;   // of groups_: the service in this family
    FailureStreak streak;
    std::optional<Time> until;   // it is left
    uint32_t times_left = 0;     // one after the other
    std::optional<KnownHealth> told;
  };
  struct Group {
    size_t takes_flows = 0, left = 0;   // addresses
  };

  void look_at_asked(const std::string& name, const Address& address, uint32_t answer_us, Found& found) const;
  void look_at_unasked(const std::string& name, Address& address, const SignCount& count, Time now,
                       Found& found);
  bool seems_dead(const Address& address, Time now) const;
  void leave(const std::string& name, Address& address, Time now, Found& found);
  void tell(const std::string& name, Address& address, Health state, std::string reason, Found& found);

  std::map<std::string, Address> addresses_;
  std::vector<std::string> names_;   // of addresses_, in its order
  std::vector<Group> groups_;
};

}   // namespace sluice
