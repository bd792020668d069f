// SPDX-License-Identifier: GPL-2.0-or-later
// A provider of DNS that is told where a name leads: a POST of {"name", "ipv4", "ipv6"} by HTTPS, with a
// bearer token (RFC 6750 section 2.1).
#pragma once

#include "base/result.hpp"
#include "ddns/name_servers.hpp"
#include "ddns/order.hpp"

namespace sluice {

// The body. Pure.
std::string provider_text(const std::string& name, const OutsideSpot& spot);

// Failure: it did not take it, and why. Redirections are not followed: the token is for this URL alone.
Result<> tell_provider(const ProviderAccess& access, const NameServers& resolvers, const std::string& name,
                       const OutsideSpot& spot);

}   // namespace sluice
