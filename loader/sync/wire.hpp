// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon and the process that carries the state of flows to other gateways say to each other: a line
// each. An order and news are JSON; a piece of state is a verb, an address where there is one, and a text
// that nobody here understands.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "model/address.hpp"

namespace sluice {

inline constexpr size_t kLongestSyncPayload = 60'000;
inline constexpr size_t kLongestSyncLine = size_t{128} << 10;

using SyncKey = std::array<uint8_t, 32>;

// From the daemon. It is never logged, nor is what is wrong with it: the key is in it.
struct SyncOrder {
  std::string device;   // of the link between the gateways
  IpAddress own;
  std::vector<IpAddress> peers;   // all of the family of `own`
  uint16_t port = 0;
  SyncKey key{};
  std::string node;     // own name
  bool sends = false;   // peers are dialled, and told what is for all
  bool quick = false;   // who says nothing is missed at once
  bool operator==(const SyncOrder&) const = default;
};
struct SyncAll {
  std::string payload;   // to each peer that was dialled and stands
  bool operator==(const SyncAll&) const = default;
};
struct SyncBack {
  IpAddress to;   // on the connection that it dialled
  std::string payload;
  bool operator==(const SyncBack&) const = default;
};
using SyncRequest = std::variant<SyncOrder, SyncAll, SyncBack>;

// To the daemon.
struct SyncPeer {
  IpAddress address;
  std::string node;          // as it says; empty: it has said nothing yet
  bool sends_to = false;     // the connection to it stands: it has shown that it has the key
  bool hears_from = false;   // the same of the one that it dialled
  // It says nothing, but the connection stands: that to it of who sends, otherwise that which it dialled.
  // Where it is to be missed at once.
  bool quiet = false;
  uint64_t sessions = 0;   // how often one to it came to stand since the process began
  std::string trouble;     // why it does not; empty: all is well
  bool operator==(const SyncPeer&) const = default;
};
struct SyncNews {
  std::vector<SyncPeer> peers;   // as ordered
  std::string trouble;           // why nobody can dial this node; empty: they can
  bool operator==(const SyncNews&) const = default;
};
struct SyncFrom {
  IpAddress from;   // on the connection that it dialled
  std::string payload;
  bool operator==(const SyncFrom&) const = default;
};
struct SyncAnswer {
  IpAddress from;   // on the connection that was dialled here
  std::string payload;
  bool operator==(const SyncAnswer&) const = default;
};
using SyncReport = std::variant<SyncNews, SyncFrom, SyncAnswer>;

// 1 to kLongestSyncPayload bytes, none of them the end of a line.
bool is_sync_payload(std::string_view text);

// With the line's end. A payload has to be one (above).
std::string encode_sync_order(const SyncOrder& order);
std::string encode_sync_all(std::string_view payload);
std::string encode_sync_back(const IpAddress& to, std::string_view payload);
std::string encode_sync_news(const SyncNews& news);
std::string encode_sync_from(const IpAddress& from, std::string_view payload);
std::string encode_sync_answer(const IpAddress& from, std::string_view payload);

// With the line's end, or without it.
Result<SyncOrder> decode_sync_order(std::string_view line);
Result<SyncRequest> decode_sync_request(std::string_view line);
Result<SyncNews> decode_sync_news(std::string_view line);
Result<SyncReport> decode_sync_report(std::string_view line);

// The first that two gateways say to each other: the name of the one that speaks.
std::string encode_sync_greeting(std::string_view node);
Result<std::string> decode_sync_greeting(std::string_view text);

}   // namespace sluice
