// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/helper.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "kernel/program.hpp"

namespace sluice {

std::vector<std::string> properties_of(const HelperLimits& limits) {
  return {"DynamicUser=yes",   // root's files are not its own
          "CapabilityBoundingSet=" + limits.right,
          "AmbientCapabilities=" + limits.right,
          "RestrictAddressFamilies=AF_INET AF_INET6",
          "PrivateDevices=yes",
          "ProtectControlGroups=yes",
          "SystemCallFilter=@system-service",
          "SystemCallFilter=~@privileged @resources",
          fmt::format("LimitNOFILE={}", limits.files),
          "MemoryMax=" + limits.memory,
          "OOMPolicy=stop"};
}

Result<Helper> start_helper(const std::string& instance, const std::string& verb,
                            const std::string& description, const std::vector<std::string>& properties) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return fail_errno("make a pair of sockets", errno);
  UniqueFd ours(ends[0]);
  const UniqueFd theirs(ends[1]);
  const std::vector<std::string> words{TRY(own_program()), verb};
  const pid_t child = has_systemd()
                          ? TRY(start_unit_with_input(fmt::format("{}-{}.service", instance, verb),
                                                      description, words, limited(properties), theirs.get()))
                          : TRY(start_program(words, theirs.get()));
  return Helper{std::move(ours), child};
}

}   // namespace sluice
