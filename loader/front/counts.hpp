// SPDX-License-Identifier: GPL-2.0-or-later
// The counts of limits, which a worker of HAProxy tells the next one by the protocol of its peers, and only
// where it has heard itself what there was before it.
#pragma once

#include <chrono>
#include <filesystem>
#include <string_view>

#include "base/result.hpp"

namespace sluice {

// The peer that a worker would ask where none before it tells it anything: sluiced. It is never connected to.
inline constexpr std::string_view kPeerOfCounts = "sluiced";

enum class CountsHeard : uint8_t {
  kWaits,   // for what the worker before it has to tell
  kAsks,    // there was none, or it told nothing
  kAll,
};
// Of the answer to "show peers".
CountsHeard parse_peers(std::string_view answer);

// Answers a worker that asks that there is nothing to hear. Else it would wait for 5 s, and a reload in that
// time would lose what it has counted.
Result<> tell_no_counts(const std::filesystem::path& peers_socket, std::chrono::milliseconds patience);

}   // namespace sluice
