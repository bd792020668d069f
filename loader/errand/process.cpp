// SPDX-License-Identifier: GPL-2.0-or-later
#include "errand/process.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include "errand/surroundings.hpp"

namespace sluice {
namespace {

// With other programs, such as uacme and nsupdate.
const std::vector<std::string> kLimitsOfErrand = {
    "DynamicUser=yes",
    "CapabilityBoundingSet=",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "PrivateDevices=yes",
    "ProtectControlGroups=yes",
    "SystemCallFilter=@system-service",
    "SystemCallFilter=~@privileged @resources",
    "MemoryMax=256M"};

}   // namespace

Result<Helper> start_errand(const std::string& instance, const std::string& verb,
                            const std::string& description, const std::string& trusted) {
  auto limits = kLimitsOfErrand;
  if (!trusted.empty())
    limits.push_back(fmt::format("BindReadOnlyPaths={}:{}", trusted, kTrustedCertificates));
  return start_helper(instance, verb, description, limits);
}

EndedProcess::~EndedProcess() {
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
}

}   // namespace sluice
