// SPDX-License-Identifier: GPL-2.0-or-later
// The relays that this gateway is reached through: what their files say, and what is allotted for them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "gateway/key_files.hpp"
#include "model/allotment.hpp"
#include "network/allocate.hpp"
#include "relay/expand_ways.hpp"

namespace sluice {

inline bool is_of_ways(const AllotmentKey& key) { return key.network == kReachabilityOwner; }

struct RelayWays {
  RelayFiles files;
  Allotments allotments;
  std::vector<std::string> degraded;
};

// Fills in the devices of the document's relays. What a file said last is allotted, and holds where there is
// no file. `taken`: networks of the machine and of the document. Failure (kInvalidDocument): a file that
// makes no sense, or was never there, and relays whose addresses are those of others.
Result<RelayWays> find_ways(Document& document, const Allotments& known,
                            const std::vector<TakenNetwork>& taken, const std::filesystem::path& state);

// Whose key is that of all tunnels to relays. `device`: of one of them, or empty.
Network caller_of_relays(const std::string& device);

}   // namespace sluice
