// SPDX-License-Identifier: GPL-2.0-or-later
// How backends of services are asked whether they serve, and what is known of that.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/address.hpp"

namespace sluice {

enum class CheckType : uint8_t { kNone, kTcp, kHttp, kHttps, kUdp, kIcmp };

struct HealthCheck {
  CheckType type = CheckType::kNone;
  uint16_t port = 0;   // 0: that of the address, or the first one of the service
  std::chrono::milliseconds interval{2000}, timeout{1000};
  uint32_t rise = 2, fall = 3;
  // Of HTTP.
  std::string path = "/", host, body;   // host: empty: the address; body: a part of it; empty: it is not read
  uint16_t least_status = 200, most_status = 399;
  bool tls_verify = true;
  std::string ca_file;         // empty: the machine's
  std::string send, receive;   // of UDP, bytes; receive: a part of the answer; empty: any answer
  bool operator==(const HealthCheck&) const = default;
};

inline constexpr std::chrono::milliseconds kShortestInterval{100}, kLongestInterval{3'600'000};
inline constexpr std::chrono::milliseconds kShortestTimeout{10};
inline constexpr uint32_t kMostRise = 100, kMostTargets = 20'000;
inline constexpr size_t kMostPayload = 1024;

enum class Health : uint8_t { kUnknown, kUp, kDown };

// An address that is asked.
struct HealthTarget {
  std::string name;   // "web/vm7/wireguard"
  IpAddress address;
  uint16_t port = 0;
  std::string device;   // that is left by; empty: as the machine's own routes say
  HealthCheck check;
  Health state = Health::kUnknown;   // that it begins with

  // What is known of the one is known of the other.
  bool asks_as(const HealthTarget& other) const {
    return name == other.name && address == other.address && port == other.port && device == other.device &&
           check == other.check;
  }
};

// What was found out of one.
struct HealthChange {
  std::string name;
  Health state = Health::kUnknown;
  std::string reason;
  std::optional<std::chrono::microseconds> latency;
};

using NamedLatency = std::pair<std::string, std::chrono::microseconds>;

// What connections of clients tell about those that are asked.
struct HealthSigns {
  std::vector<std::string> in_trouble;   // names: to be asked at once
  std::vector<NamedLatency> latencies;   // from SYN to SYN-ACK
  bool empty() const { return in_trouble.empty() && latencies.empty(); }
};

struct HealthNews {
  uint64_t of_list = 0;   // which list of targets was asked, counted from 1 by each process that asks
  std::vector<HealthChange> changes;
  std::vector<NamedLatency> latencies;   // that moved
  std::string remark;                    // for the log
  bool empty() const { return changes.empty() && latencies.empty() && remark.empty(); }
};

}   // namespace sluice
