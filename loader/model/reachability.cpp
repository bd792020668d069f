// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/reachability.hpp"

#include <fmt/format.h>

#include "base/number.hpp"

namespace sluice {

StunServer stun_server_of(std::string_view dialled) {
  StunServer server;
  const size_t bracket = dialled.rfind(']'), colon = dialled.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || bracket < colon);
  if (has_port) {
    server.port = whole_number<uint16_t>(dialled.substr(colon + 1)).value_or(kStunPort);
    dialled = dialled.substr(0, colon);
  }
  if (dialled.starts_with('[')) dialled = dialled.substr(1, dialled.size() - 2);
  server.host = dialled;
  return server;
}

std::string to_string(const StunServer& server) {
  const bool brackets = server.host.contains(':');
  return fmt::format("{}{}{}:{}", brackets ? "[" : "", server.host, brackets ? "]" : "", server.port);
}

}   // namespace sluice
