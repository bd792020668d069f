// SPDX-License-Identifier: GPL-2.0-or-later
// Services: ports of the gateway that lead to several backends, each of which may have an address on several
// underlays. The rules know them as forwards, one for each address that they listen on (Forward::service).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "model/address.hpp"
#include "model/health.hpp"
#include "model/match.hpp"

namespace sluice {

// A network that backends are reached over.
struct ServiceUnderlay {
  std::string name, zone;
  int line = 0;
};

enum class Balance : uint8_t { kRoundRobin, kLeastConnections, kMaglev, kLatency };

// No new flows; those that are there finish, or end at this time.
struct Drain {
  std::optional<std::chrono::system_clock::time_point> until;
};

struct Backend {
  std::string name;
  std::vector<std::pair<std::string, Endpoint>> addresses;   // by underlay; port 0: that which was asked for
  uint32_t weight = 1;
  std::optional<Drain> drain;
  int line = 0;
};

inline constexpr std::string_view kEveryUnderlay = "both", kOnly = "-only";
inline constexpr std::chrono::seconds kGrace{5};
inline constexpr uint32_t kMostBackends = 128, kMostWeight = 256, kMostUnderlays = 4, kMostTurns = 65'536,
                          kMostMembers = 256;

struct PublishedService {
  std::string name;
  std::vector<std::variant<IpAddress, std::string>> listen;   // addresses and interfaces, as of a forward
  std::vector<uint8_t> protocols;
  std::vector<PortRange> ports;
  std::vector<Backend> backends;
  Balance balance = Balance::kRoundRobin;
  std::string prefer;       // the underlay that a backend is reached over where it has an address there
  bool by_source = false;   // all flows of a source go to one backend
  // By source: so long that is remembered, also when the backends change; 0: it is not.
  std::chrono::seconds sticky_for{0};
  AddressMatch source;
  std::string vrf;    // empty: as the zones of the underlays say
  std::string mode;   // the one underlay that carries new flows; empty: all do
  std::chrono::seconds grace = kGrace;
  HealthCheck health;
  bool resets_on_down = false;   // connections to a backend that is down
  std::optional<Prefix> source_prefix;
  int line = 0;
  uint32_t begin = 0, end = 0;   // of its value in the text, in bytes
};

// What becomes of new flows at an address of a backend.
enum class MemberState : uint8_t {
  kServes,
  kReserve,   // another address of the backend is preferred: its underlay, or its family
  kDraining,
  kForbidden,   // its underlay is not the one that carries; flows have the grace
  kDown,        // its checks fail
  kSlower,      // others are faster, and the balance is by latency
};

// An address of a backend, of either family.
struct Member {
  std::string backend, underlay;
  IpAddress to;
  uint16_t port = 0;   // 0: that which was asked for
  std::string vrf;     // of the underlay; empty: the main one
  uint32_t weight = 1;
  MemberState state = MemberState::kServes;
  std::optional<std::chrono::system_clock::time_point> until;   // of kDraining
};

struct Balancing {
  Balance balance = Balance::kRoundRobin;
  bool by_source = false;
  std::chrono::seconds sticky_for{0};
  std::chrono::seconds grace = kGrace;
  HealthCheck health;
  bool resets_on_down = false;
  // A /96 in front of sources of IPv4 towards backends of IPv6 (RFC 6052); none: they get the gateway's
  // address.
  std::optional<Prefix> source_prefix;
  std::vector<Member> members;
};

// The families that a service listens in.
struct ListensIn {
  bool ipv4 = false, ipv6 = false;

  bool in(Family family) const { return family == Family::kIpv6 ? ipv6 : ipv4; }
  void add(Family family) { (family == Family::kIpv6 ? ipv6 : ipv4) = true; }
};

// What the document says of new flows of `family` at that address of the backend, before health and time do.
MemberState declared_state(const PublishedService& service, const Backend& backend, std::string_view underlay,
                           Family of_address, Family family, ListensIn listens);

// Without what leads into the other family than that which is listened on: who stood by for that serves.
Balancing within_family(const Balancing& balancing, Family family);

// Whether flows of that protocol end because their backend is down.
bool ends_flows(const Balancing& balancing, const Member& member, uint8_t protocol);

// Flows and packets of it are counted by this name: "web/vm7/wireguard".
inline std::string name_of(const std::string& service, const Member& member) {
  return service + "/" + member.backend + "/" + member.underlay;
}

// How many turns each member has: a backend with several addresses shares its weight among them.
std::vector<uint32_t> shares_of(const Balancing& balancing);
// A prime. Of a hundred addresses each has 655 places; always the same number, because with another one
// nearly all flows would move.
inline constexpr uint32_t kMaglevPlaces = 65'521;

// Which member gets which turn, by its number. Round robin: as evenly spread as they can be. By a hash: the
// table of Maglev (D. E. Eisenbud et al., "Maglev: A fast and reliable software network load balancer", NSDI
// 2016), which hardly changes for the others when one leaves. That takes milliseconds, and services with the
// same backends and shares have the same one. Empty: nobody takes new flows.
class TurnTables {
 public:
  // `shares`: shares_of() it.
  std::vector<uint16_t> of(const Balancing& balancing, const std::vector<uint32_t>& shares,
                           uint32_t places = kMaglevPlaces);

 private:
  std::map<std::pair<uint32_t, std::string>, std::vector<uint16_t>>
      known_;   // by the places, and the content
};

}   // namespace sluice
