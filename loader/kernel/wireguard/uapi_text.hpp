// SPDX-License-Identifier: GPL-2.0-or-later
// The text that wireguard-go is told, and that it answers by its cross-platform interface. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/tunnel.hpp"

namespace sluice {

inline constexpr std::string_view kTunnelQuestion = "get=1\n\n";

// The whole of a change, with the empty line that ends it. It has keys in it.
std::string tunnel_change_text(const TunnelChange& change);

// What ends every answer. Failure: what it says instead of 0, or that there is no end.
Result<> parse_tunnel_verdict(std::string_view answer);

// The answer to the question. Words that are not known are passed over, as the protocol asks; what is known
// and makes no sense is a failure that names the word, never what it said.
Result<ObservedTunnel> parse_tunnel_text(std::string_view answer);

}   // namespace sluice
