// SPDX-License-Identifier: GPL-2.0-or-later
// Both ends together: sends and counts.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.hpp"
#include "ceiling.hpp"
#include "end.hpp"
#include "lab.hpp"

namespace sluice::bench {

struct SendOrder {
  bool from_inside = true;
  uint32_t flows = 1;   // that the sequence covers
  uint32_t first = 0;   // of a sequence in natural order
  uint32_t count = 1;   // packets
  bool shuffled = false;
  bool verify = false;   // every byte, flow by flow
};

struct RateOrder {
  bool from_inside = true;
  uint32_t flows = 1;
  double seconds = 1;
};

struct Outcome {
  double seconds = 0;                // between two looks at the clock
  uint64_t counted = 0;              // arrived between those looks
  uint64_t sent = 0, received = 0;   // over all, the last packet included
  tally seen{};
  uint32_t distinct_flows = 0;   // if verified
  double waited = 0;             // seconds between the looks in which the generator did not have its core
};

class Rig {
 public:
  static Result<Rig> make(const LabConfig& lab);

  // A given number of packets; the looks are at the first packet that arrives and at the last.
  Result<Outcome> send(const SendOrder& order);
  // For a given time, shuffled; the looks are apart from the start and the end of the run.
  Result<Outcome> rate(const RateOrder& order);

 private:
  Rig(LabConfig lab, End inside, End outside, std::optional<Ceiling> ceiling);
  plan make_plan(const SendOrder& order) const;
  End& sender_of(bool from_inside) { return from_inside ? inside_ : outside_; }
  End& receiver_of(bool from_inside) { return from_inside ? outside_ : inside_; }
  void prepare(const SendOrder& order);
  Outcome look_back(const SendOrder& order, Outcome outcome);

  LabConfig lab_;
  End inside_, outside_;
  std::optional<Ceiling> ceiling_;
};

}   // namespace sluice::bench
