// SPDX-License-Identifier: GPL-2.0-or-later
// The process that orders one certificate. It makes sockets of IP and reads what strangers answer, neither of
// which the daemon does: it is a unit of a user of its own, or a child without privileges.
#pragma once

#include <string>

#include "base/result.hpp"
#include "kernel/helper.hpp"

namespace sluice {

// What the command line of sluiced says; the order is read from standard input, and what becomes of it is
// written to it: it is a socket. Ends when the other end does.
inline constexpr const char* kAcmeVerb = "acme";
Result<> run_acme(int socket);

// `ca_file`: that the directory's server is by; empty: those of the system.
Result<Helper> start_acme_process(const std::string& instance, const std::string& ca_file);

}   // namespace sluice
