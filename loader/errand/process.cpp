// SPDX-License-Identifier: GPL-2.0-or-later
#include "errand/process.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <utility>

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

int EndedProcess::wait() {
  int status = 0;
  const bool ended = ::waitpid(std::exchange(child_, -1), &status, 0) > 0 && WIFEXITED(status);
  return ended ? WEXITSTATUS(status) : -1;
}

EndedProcess::~EndedProcess() {
  if (child_ <= 0) return;
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
}

}   // namespace sluice
