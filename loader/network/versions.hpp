// SPDX-License-Identifier: GPL-2.0-or-later
// What the client of an endpoint was told, version by version, and which of its keys is in force. Both are
// rows of what is allotted ("version/2", "key"), so they are kept as addresses are. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/allotment.hpp"
#include "model/network.hpp"

namespace sluice {

// Older ones are forgotten.
inline constexpr uint32_t kMostVersions = 20;

struct EndpointVersion {
  uint32_t number = 0;      // from 1
  int64_t since = 0;        // seconds since 1970
  std::string public_key;   // base64
  std::string changed;      // "added", "key", "Address, MTU"
  std::string text;         // the configuration without its secrets (ClientSide::is_kept)
};

// Oldest first. Rows that make no sense are left out.
std::vector<EndpointVersion> versions_of(const Allotments& allotments, std::string_view network,
                                         std::string_view endpoint);

// Of the key of an endpoint that is in force, the public one; nullopt: it has none yet, or is gone.
std::optional<WireguardKey> allotted_key(const Allotments& allotments, std::string_view network,
                                         std::string_view endpoint);

// How it stands with an endpoint now.
struct EndpointNow {
  WireguardKey key{};      // the newest
  bool is_heard = false;   // the device heard it by that key
  bool is_live = false;    // model/network.hpp
  std::string text;        // as EndpointVersion::text
};

// Notes what is new in `given`, and says the endpoint its `rotation` and `version`. Another key than the one
// in force waits until it is heard. Of an endpoint that is not live, or that was gone meanwhile, nobody is
// to be let in by an old key: the newest one is in force at once.
void settle_version(std::string_view network, NetworkEndpoint& endpoint, const EndpointNow& now,
                    const Allotments& known, int64_t seconds, Allotments& given);

}   // namespace sluice
