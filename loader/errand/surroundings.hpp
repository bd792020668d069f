// SPDX-License-Identifier: GPL-2.0-or-later
// Where there is no systemd, a process that runs an errand takes its own privileges away.
#pragma once

#include <string>

#include "base/result.hpp"

namespace sluice {

// Certificates that programs trust here: those of the system.
inline constexpr const char* kTrustedCertificates = "/etc/ssl/certs/ca-certificates.crt";

// A /tmp of its own in memory, these certificates (PEM; empty: the system's) in place of those that are
// trusted, and the user nobody. Does nothing for one who is not root: a unit of systemd has it all. Answers
// where programs that the errand begins find this one.
Result<std::string> leave_privileges(const std::string& trusted);

}   // namespace sluice
