// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon and the process that carries relays' tunnels over TLS say to each other: a line of JSON
// each.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/relay_tcp.hpp"

namespace sluice {

// With its end of line. It replaces all that was said before.
std::string encode_relay_tcp_order(const RelayTcpOrder& order);
Result<RelayTcpOrder> decode_relay_tcp_order(std::string_view line);

std::string encode_relay_tcp_news(const RelayTcpNews& news);
Result<RelayTcpNews> decode_relay_tcp_news(std::string_view line);

inline constexpr size_t kLongestRelayTcpLine = 65'536;

}   // namespace sluice
