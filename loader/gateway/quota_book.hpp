// SPDX-License-Identifier: GPL-2.0-or-later
// How much the clients of a relay have sent and received by their tunnels in this month, and whose ports lead
// nowhere because of it.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>

#include "base/result.hpp"
#include "gateway/state_file.hpp"
#include "model/document.hpp"
#include "model/tunnel.hpp"

namespace sluice {

class QuotaBook {
 public:
  static constexpr StateFileKind kFile{"quotas.json",
                                       size_t{8} << 20,   // of more clients than a relay can have
                                       "what clients of the relay have used this month"};
  using Time = std::chrono::system_clock::time_point;
  using Counters = std::map<WireguardKey, uint64_t>;   // bytes of both directions, of those that are peers

  // Takes up what an earlier process kept. What is damaged is not known any more.
  explicit QuotaBook(const std::filesystem::path& state);

  // What the tunnel's device has counted by now. `device`: another text is a device whose counters began at
  // 0. Logs who is over his quota, or no longer; true: the rules are to be other ones than settle() made.
  bool note(const Relay& relay, const Counters& counters, const std::string& device, Time now);
  // Ports of clients that are over their quota lead nowhere, and the relay does not answer them.
  void settle(Document& document) const;
  bool is_over(const Relay& relay, const RelayClient& client) const;
  uint64_t bytes_of(const RelayClient& client) const;   // 0 of one without a quota
  // Writes what changed.
  Result<> keep();

 private:
  struct Count {
    int month = 0;        // since the year 0
    uint64_t bytes = 0;   // of it
    uint64_t seen = 0;    // what the device had counted then
  };

  void read(const nlohmann::json& kept);
  void add(const WireguardKey& key, uint64_t counted, bool same_device, int month);
  std::set<std::string> over(const Relay& relay) const;

  StateFile file_;
  std::string device_;
  std::map<WireguardKey, Count> counts_;
  std::set<std::string> over_;   // that was told last
};

class Gateway;
// By the counters of the relay's device, where the document in force has quotas. Answers as note().
Result<bool> count_relay_clients(Gateway& gateway);

}   // namespace sluice
