// SPDX-License-Identifier: GPL-2.0-or-later
// What the process of a capture is told: which packets are wanted, and what the numbers in their records
// stand for.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace sluice {

// A device, by its number.
struct CapturedDevice {
  std::string name, zone;   // zone: empty, it is in none
  uint32_t mtu = 0;
  bool has_ethernet = true;
};

// A rule of the document, by the number that it is counted by.
struct CapturedRule {
  std::string kind, name;   // "policy", "web"
  int line = 0;             // of the document; 0: what it follows from is not written there
};

struct CaptureNames {
  // Null: nobody knows that one.
  const CapturedDevice* device(uint32_t number) const {
    const auto at = devices.find(number);
    return at == devices.end() ? nullptr : &at->second;
  }
  bool has_ethernet(uint32_t number) const { return !device(number) || device(number)->has_ethernet; }

  std::map<uint32_t, CapturedDevice> devices;
  std::map<uint32_t, CapturedRule> rules;
  std::vector<std::string> zones;   // by their number
  std::map<uint16_t, std::string> vrfs;
  std::string file;   // of the document
};

// Of each list that is not empty a packet has to be one.
struct CaptureWish {
  std::string filter;            // pcap-filter(7); of either shape of the packet
  std::vector<uint32_t> rules;   // numbers
  std::vector<uint16_t> zones, vrfs;
  std::vector<uint8_t> reasons;   // to be dropped
  bool drops = false;
  bool report = false;    // no packets but lines of JSON, a few each second (capture/drop_report.hpp)
  bool lines = false;     // packets as lines of JSON (capture/packet_lines.hpp)
  uint64_t packets = 0;   // then it is over; 0: it is not
  uint32_t snaplen = 0;   // bytes of each frame
  uint32_t seconds = 0;   // and how long at most
  uint64_t bytes = 0;     // that are written at most
};

struct CaptureOrder {
  CaptureWish wish;
  CaptureNames names;
};

// A line each.
std::string encode_capture_order(const CaptureOrder& order);
Result<CaptureOrder> decode_capture_order(const std::string& line);

// Of which CPUs the rings are that the process hands to the daemon, in their order; it says so behind them.
std::string encode_capture_cpus(const std::vector<uint32_t>& cpus);
Result<std::vector<uint32_t>> decode_capture_cpus(const std::string& line);
inline constexpr size_t kLongestCaptureCpus = size_t{32} << 10;

// What the process says when it can begin; it does as soon as it is answered.
inline constexpr const char* kCaptureReady = "ready\n";
inline constexpr const char* kCaptureGo = "go\n";

inline constexpr size_t kLongestCaptureOrder = size_t{64} << 20;

}   // namespace sluice
