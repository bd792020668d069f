// SPDX-License-Identifier: GPL-2.0-or-later
// The socket that a wireguard-go listens on.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sluice {

std::string tunnel_socket(const std::string& device);   // "/run/wireguard/wg-home.sock"

// One that died leaves a socket behind that nobody listens on.
bool is_tunnel_spoken_for(const std::string& device);

// Says it and waits for the whole answer, whatever that is: at most 10 s, at most 64 MiB. nullopt: nobody
// listens.
Result<std::optional<std::string>> ask_userspace_tunnel(const std::string& device, std::string_view text);

// A connection to who listens, at most 10 s; it hangs up when his process is over. Empty: nobody listens.
Result<UniqueFd> hold_userspace_tunnel(const std::string& device);
bool has_hung_up(const UniqueFd& held);

}   // namespace sluice
