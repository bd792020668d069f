// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon and the process that tells collectors say to each other. The daemon sends frames: a header,
// then an order as JSON, or records as they lie in memory, because there may be very many; it hears lines of
// JSON.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ipfix/record.hpp"
#include "model/nat_log.hpp"

namespace sluice {

enum class FrameKind : uint32_t { kOrder = 1, kRecords, kLost };

struct FrameHeader {
  FrameKind kind;
  uint32_t bytes;   // that follow
};

inline constexpr size_t kMostRecordsOfFrame = 1024;
inline constexpr size_t kLongestFrame = kMostRecordsOfFrame * sizeof(NatRecord);
inline constexpr size_t kLongestIpfixNews = size_t{64} << 10;

// Whom to tell from now on.
struct IpfixOrder {
  std::vector<Collector> collectors;
  uint32_t domain = 1;
};

std::string frame_of(const IpfixOrder& order);
std::string frame_of(std::span<const NatRecord> records);   // kMostRecordsOfFrame at most
std::string frame_of_lost(uint64_t records);                // that never came into a frame

Result<IpfixOrder> decode_ipfix_order(std::string_view bytes);
Result<std::vector<NatRecord>> decode_records(std::string_view bytes);
Result<uint64_t> decode_lost(std::string_view bytes);

// What became of the records, since the process began. By name of the collector.
struct CollectorCounts {
  std::string name;
  uint64_t sent = 0, lost = 0;
  uint64_t waiting = 0;   // neither
  std::string trouble;
};

struct IpfixNews {
  uint64_t received = 0;   // records of frames
  std::vector<CollectorCounts> collectors;
};

std::string encode_ipfix_news(const IpfixNews& news);
Result<IpfixNews> decode_ipfix_news(std::string_view line);

}   // namespace sluice
