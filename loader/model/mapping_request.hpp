// SPDX-License-Identifier: GPL-2.0-or-later
// Ports that hosts ask the gateway for (PCP, NAT-PMP): what the document says of them, and what the daemon
// and the process that hears the hosts say to each other.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "model/address.hpp"
#include "model/resolver_order.hpp"

namespace sluice {

inline constexpr uint16_t kMappingPort = 5351, kMappingNewsPort = 5350;   // RFC 6886 and 6887
// Of all hosts together.
inline constexpr size_t kMostLeases = 8192;

// Where mappings of a zone are: the address or the device that its masquerade uses first.
using OutsidePlace = std::variant<IpAddress, std::string>;
// Nothing: no masquerade takes IPv4 of the zone.
std::optional<OutsidePlace> outside_of_zone(const Document& document, const std::string& zone);

// Who has a mapping, and for what of his.
struct LeaseKey {
  std::string zone;
  IpAddress host;
  uint8_t protocol = 0;   // TCP, UDP
  uint16_t port = 0;      // the host's own
  auto operator<=>(const LeaseKey&) const = default;
};

// Of the forward that a lease is: no document's forward has a colon.
std::string name_of_lease(const LeaseKey& key);
bool is_of_lease(const Forward& forward);

struct MappingRequest {
  uint64_t number = 0;   // tells it from others
  LeaseKey key;
  std::string nonce;              // 24 hexadecimal digits; empty: NAT-PMP, which has none
  std::chrono::seconds life{0};   // 0: the mapping is to end
  uint16_t wanted_port = 0;       // outside; 0: any
  bool exactly = false;           // that port or none
  bool all = false;               // to end: all of NAT-PMP that the host has for the protocol
  bool operator==(const MappingRequest&) const = default;
};

enum class MappingResult : uint8_t {
  kGranted,          // made, prolonged or ended
  kNotAuthorized,    // somebody else has that mapping
  kNetworkFailure,   // there is no outside address
  kNoResources,      // no port is left, or no room for more
  kQuota,            // the host has as many as it may
  kNotThatPort,      // that very port cannot be had
};

struct MappingAnswer {
  uint64_t number = 0;
  MappingResult result = MappingResult::kNoResources;
  uint16_t port = 0;   // outside
  std::chrono::seconds life{0};
  bool operator==(const MappingAnswer&) const = default;
};

struct MappingZone {
  std::string name;
  std::vector<ListenPlace> places;
  std::vector<Prefix> hosts;          // who may ask; IPv4 alone is given mappings
  std::optional<IpAddress> outside;   // none: the machine has it not yet
  bool operator==(const MappingZone&) const = default;
};

// All that whoever hears the hosts is told.
struct MappingOrder {
  std::vector<MappingZone> zones;
  bool third_party = false;
  std::chrono::seconds longest{0};   // that a lease lives
  std::chrono::sys_seconds start;    // of the epoch: since when nothing was lost
  bool operator==(const MappingOrder&) const = default;
};

// Since the process was started.
#define SLUICE_MAPPING_COUNTERS(X)                                        \
  X(heard, "Requests of hosts of the zones.")                             \
  X(refused, "Requests that were answered with an error.")                \
  X(dropped, "Requests that were not answered: too many, or no request.") \
  X(strangers, "Requests of sources that are not of the zone.")

struct MappingNews {
#define X(name, text) uint64_t name = 0;
  SLUICE_MAPPING_COUNTERS(X)
#undef X
  std::vector<std::string> troubles;   // sentences; empty: every zone is heard
  bool operator==(const MappingNews&) const = default;
};

}   // namespace sluice
