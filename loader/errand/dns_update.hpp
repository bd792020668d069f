// SPDX-License-Identifier: GPL-2.0-or-later
// Updates of a zone (RFC 2136) by nsupdate.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace sluice {

// A DNS server that takes updates of a zone, and a TSIG key as a file has it.
struct DnsAccess {
  std::string server, zone, key;
  uint16_t port = 53;
};

// What nsupdate is told. Pure. `changes`: lines that begin with "update".
std::string update_text(const DnsAccess& dns, const std::vector<std::string>& changes);

// All of them, or none. `folder` is for its files, the key among them.
Result<> update_dns(const DnsAccess& dns, const std::vector<std::string>& changes,
                    const std::filesystem::path& folder);

}   // namespace sluice
