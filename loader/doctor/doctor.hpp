// SPDX-License-Identifier: GPL-2.0-or-later
// What this machine can do, what stands in the way, and what the operator can change about it.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "base/result.hpp"
#include "model/address.hpp"

namespace sluice {

class Gateway;

// With the daemon's knowledge of its interfaces; the engines are tried as the daemon, with its privileges.
// `sshd_ports`: where the caller sees sshd listen, who may see more processes than the daemon.
Result<nlohmann::json> examine(Gateway& gateway, const std::set<uint16_t>& sshd_ports);
// Without a daemon: the checks that need none, as the caller.
nlohmann::json doctor_machine(const std::filesystem::path& state, const std::filesystem::path& pins);
// A row of `checks`: how large packets to this address may be. It sends some, as the caller.
nlohmann::json doctor_path(const IpAddress& address);

}   // namespace sluice
