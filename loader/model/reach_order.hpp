// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon and the process that asks routers and STUN servers say to each other.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/address.hpp"
#include "model/path.hpp"
#include "model/reachability.hpp"

namespace sluice {

// A UDP port of ours that is to be reached.
struct PortOfOurs {
  uint16_t port = 0;
  std::string nonce;   // 24 hexadecimal digits: whose mapping of PCP it is; empty: nobody is asked
  uint16_t outside = 0, outside6 = 0;   // what the router gave last; 0: nothing
  bool operator==(const PortOfOurs&) const = default;
};

// One that a router gave and nobody needs any more.
struct PortToReturn {
  PortOfOurs port;
  AskedBy by = AskedBy::kPcp;
  bool operator==(const PortToReturn&) const = default;
};

// A relay that this machine is reached through.
struct PathRelay {
  std::vector<IpAddress> ends;   // its own in its tunnel: what comes through it comes from there
  std::optional<Endpoint> at;    // where callers go
  uint16_t to_port = 0;          // where they arrive
  bool operator==(const PathRelay&) const = default;
};

// All that whoever asks is told.
struct ReachOrder {
  std::string device;
  uint32_t index = 0;                         // of the device
  std::optional<IpAddress> local, router;     // IPv4; none: there is none
  std::optional<IpAddress> local6, router6;   // a global one, and the next hop: mostly one of the link
  std::vector<AskedBy> by;
  std::vector<StunServer> stun;
  std::chrono::seconds lease{3600};
  std::vector<PortOfOurs> ports;
  std::vector<PortToReturn> to_return;
  std::vector<PathOrder> paths;
  std::vector<PathRelay> relays;
  uint64_t round = 0;   // another one: all is asked anew
  bool operator==(const ReachOrder&) const = default;
};

enum class PortState : uint8_t {
  kOff,       // nobody is asked
  kAsking,    // no answer yet
  kMapped,    // the router leads the outside port to us
  kRefused,   // no way gave one; it is asked again later
};
inline constexpr std::array<std::string_view, 4> kPortStateNames = {"off", "asking", "mapped", "refused"};

// RFC 4787 sections 4.1 and 5.
enum class NatBehaviour : uint8_t {
  kUnknown,
  kEndpointIndependent,
  kAddressDependent,
  kAddressAndPortDependent
};
inline constexpr std::array<std::string_view, 4> kNatBehaviourNames = {
    "", "endpoint-independent", "address-dependent", "address-and-port-dependent"};

// What a router makes of one port.
struct RouterNews {
  PortState state = PortState::kOff;
  AskedBy by = AskedBy::kPcp;        // of one that is mapped
  std::optional<Endpoint> outside;   // of one that is mapped; the address may be unspecified: not known
  std::optional<std::chrono::sys_seconds> until;   // none: the router keeps it for ever
  std::string trouble;                             // why it is not mapped
  bool operator==(const RouterNews&) const = default;
};

// How servers see one port.
struct SeenNews {
  std::string server;               // that answers; empty: none does
  std::optional<Endpoint> mapped;   // what it sees
  // A stranger got through: an answer came from an address that was never spoken to, sent to this.
  std::optional<Endpoint> open;
  NatBehaviour mapping = NatBehaviour::kUnknown, filtering = NatBehaviour::kUnknown;
  std::optional<std::chrono::seconds> lifetime;   // that a NAT was seen to keep an idle mapping for
  bool operator==(const SeenNews&) const = default;
};

struct PortNews {
  uint16_t port = 0;
  RouterNews router, router6;
  SeenNews seen;
  bool operator==(const PortNews&) const = default;
};

// Since the process was started.
#define SLUICE_REACH_COUNTERS(X)                                                      \
  X(asked, "Requests for ports that were sent to routers.")                           \
  X(refused, "Answers of routers that gave no port.")                                 \
  X(lost, "Times that a router had lost what it gave, as its epoch or its news say.") \
  X(stun_asked, "Requests that were sent to STUN servers.")                           \
  X(stun_answered, "Answers of STUN servers.")

struct ReachNews {
  std::vector<PortNews> ports;
  std::vector<uint16_t> returned;   // of the order's: the router knows, or does not answer
  std::vector<std::string> troubles;
  std::vector<PathNews> paths;
  uint64_t round = 0;   // the last one that is over: everybody has answered, or was given up
#define X(name, text) uint64_t name = 0;
  SLUICE_REACH_COUNTERS(X)
#undef X
  bool operator==(const ReachNews&) const = default;
};

}   // namespace sluice
