// SPDX-License-Identifier: GPL-2.0-or-later
// What a document says of names. A name is in lower case, without the dot at its end.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/address.hpp"

namespace sluice {

inline constexpr uint16_t kDnsPort = 53;
inline constexpr size_t kMostUpstreams = 8;
inline constexpr std::chrono::seconds kNameGrace{60};

using NameTable = std::map<std::string, std::vector<IpAddress>>;

struct ResolverSettings {
  std::vector<Endpoint> upstreams;           // with ports; empty: those of the machine
  std::chrono::seconds grace = kNameGrace;   // for which an address is open after its time
  bool operator==(const ResolverSettings&) const = default;
};

// The name in lower case. Nothing: it is none that a host may have, or a dot ends it.
std::optional<std::string> host_name(std::string_view text);

}   // namespace sluice
