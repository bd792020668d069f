// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/tunnels.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace sluice {
namespace {

constexpr const char* kName = "wireguard";
constexpr const char* kProgram = "wireguard-go";
constexpr const char* kAnyNetwork = "documents with networks can be applied";
constexpr const char* kQuicker = "tunnels carry more with less work";

bool works(const ProbeRow& backend) { return backend.state == ProbeState::kGood; }

ProbeRow carried(std::string finding) { return {kName, ProbeState::kGood, std::move(finding), "", "", ""}; }

ProbeRow judge_asked(std::string_view who, const ProbeRow& backend) {
  if (works(backend)) return carried(fmt::format("{} carries tunnels, as the document says", who));
  return {kName,          ProbeState::kWarning, backend.finding + ", and the document wants no other",
          backend.reason, backend.remedy,       kAnyNetwork};
}

std::string joined(const std::string& one, std::string_view between, const std::string& other) {
  return one.empty() || other.empty() ? one + other : fmt::format("{}{}{}", one, between, other);
}

ProbeRow judge_neither(const TunnelBackends& found) {
  return {kName,
          ProbeState::kWarning,
          joined(found.kernel.finding, ", and ", found.userspace.finding),
          joined(found.kernel.reason, "; ", found.userspace.reason),
          joined(found.kernel.remedy, "; or ", found.userspace.remedy),
          kAnyNetwork};
}

}   // namespace

ProbeRow judge_tunnels(const TunnelBackends& found, WireguardBackend asked) {
  if (asked == WireguardBackend::kKernel) return judge_asked("the kernel", found.kernel);
  if (asked == WireguardBackend::kUserspace) return judge_asked(kProgram, found.userspace);
  if (works(found.kernel)) return carried("the kernel carries tunnels");
  if (!works(found.userspace)) return judge_neither(found);
  return {kName,
          ProbeState::kWarning,
          fmt::format("{} carries tunnels: {}", kProgram, found.kernel.finding),
          found.kernel.reason,
          found.kernel.remedy,
          kQuicker};
}

}   // namespace sluice
