// SPDX-License-Identifier: GPL-2.0-or-later
// Ways to the other end of a tunnel when both ends are gateways that look for them (docs/decisions/0074).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/address.hpp"
#include "model/tunnel.hpp"

namespace sluice {

// Both ends compute the same ones of their keys, and nobody else can.
struct PathKey {
  std::array<uint8_t, 32> secret{};   // of the proof that a message is of the other end
  std::array<uint8_t, 16> tag{};      // whose messages they are; says nothing of the keys
  bool operator==(const PathKey&) const = default;
};

enum class PathKind : uint8_t {
  kNone,     // nobody answers
  kDirect,   // at an address of the other end, or at a port that its router was asked for
  kHolePunched,
  kRelay
};
inline constexpr std::array<std::string_view, 4> kPathKindNames = {"none", "direct", "hole-punched", "relay"};
constexpr std::string_view to_string(PathKind kind) { return kPathKindNames[static_cast<size_t>(kind)]; }

// The best first. A kind that is left out is not taken, unless the document says to call there.
using PathPreference = std::vector<PathKind>;
inline const PathPreference kUsualPaths = {PathKind::kDirect, PathKind::kHolePunched, PathKind::kRelay};

// What is to be found for one peer.
struct PathOrder {
  uint16_t port = 0;   // ours
  WireguardKey peer{};
  PathKey key;
  std::optional<Endpoint> dial;   // where the tunnel calls the peer; none: the peer calls
  std::vector<Endpoint> relays;   // that lead to the peer too, as far as it is known before it says so
  bool yields = false;            // where both call, the other one chooses
  std::vector<Prefix> behind;     // networks that are reached through the tunnel itself
  PathPreference preferred = kUsualPaths;
  bool operator==(const PathOrder&) const = default;
};

// How somebody learned that an end may be there.
enum class PathOrigin : uint8_t {
  kOwn,      // an address of its own
  kMapped,   // its router gave the port, or strangers were seen to get through
  kSeen,     // as servers see it, or as it was heard
  kRelay     // of a relay
};
inline constexpr size_t kPathOrigins = 4;

struct PathCandidate {
  PathOrigin origin = PathOrigin::kOwn;
  Endpoint place;
  bool operator==(const PathCandidate&) const = default;
};
inline constexpr size_t kMostPathCandidates = 16;

// What is known of one peer.
struct PathNews {
  uint16_t port = 0;   // ours
  WireguardKey peer{};
  PathKind kind = PathKind::kNone;
  std::optional<Endpoint> place;   // where the tunnel is to send; none: the other end chooses
  bool operator==(const PathNews&) const = default;
};

}   // namespace sluice
