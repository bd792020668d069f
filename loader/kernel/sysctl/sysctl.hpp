// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel settings below /proc/sys. A path is written with slashes ("net/ipv4/conf/eth1.20/forwarding"),
// because device names may hold dots.
//
// What lies below net/ is that of the calling thread's network namespace, whoever mounted /proc.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sluice {

// Without the final newline; nullopt: there is no such setting (its device is gone).
Result<std::optional<std::string>> read_sysctl(std::string_view path);
Result<> write_sysctl(std::string_view path, std::string_view value);

// Another one after each start of the machine; empty: the kernel has none.
Result<std::string> boot_id();

// "eth1.20" of "net/ipv4/conf/eth1.20/forwarding"; may be "all" or "default". Empty: it is of no device.
std::string_view device_of_sysctl(std::string_view path);

// Relative, and without an empty component, "." or "..": it cannot leave /proc/sys.
bool is_sysctl_path(std::string_view path);

}   // namespace sluice
