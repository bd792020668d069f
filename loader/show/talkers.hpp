// SPDX-License-Identifier: GPL-2.0-or-later
// Hosts by what their flows carry, of one look at all of them. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>

#include "api/feed.hpp"
#include "base/result.hpp"
#include "show/flow_rates.hpp"
#include "show/names.hpp"

namespace sluice {

// Both ends of each flow, by their own addresses: who is behind the gateway, and who is spoken to.
struct Talker {
  IpAddress address;
  uint16_t vrf = 0, zone = 0;
  uint64_t flows = 0, packets = 0;
  uint64_t sent = 0, received = 0;                            // bytes, of flows that are there
  double sent_rate = 0, received_rate = 0, packet_rate = 0;   // a second
};

class Talkers {
 public:
  // `most`: when there are twice as many, the half that did least so far is let go, and may be told with
  // less than it did.
  explicit Talkers(size_t most);

  void begin();
  void note(const FlowState& flow, const std::optional<FlowRate>& rate);
  // The first rows of `query`, and how many passed its filter. kUsage: they have no such order.
  Result<nlohmann::json> rows(const TopQuery& query, const Names& names, uint64_t& matched) const;
  static Result<> check(const TopQuery& query);

 private:
  struct Place {
    IpAddress address;
    uint16_t vrf;
    bool operator==(const Place&) const = default;
  };
  // With secrets: who invents addresses cannot choose that they meet.
  class Hash {
   public:
    Hash();
    size_t operator()(const Place& place) const;

   private:
    std::array<unsigned long long, 6> secret_{};   // as maps/ spell 64 bits
  };

  void add(const Place& place, uint16_t zone, const FlowDirection& sent, const FlowDirection& got,
           const FlowRate& rate);
  Talker& at(const Place& place, uint16_t zone);
  void let_go();

  const size_t most_;
  std::unordered_map<Place, Talker, Hash> all_;
};

}   // namespace sluice
