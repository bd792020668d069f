// SPDX-License-Identifier: GPL-2.0-or-later
#include "front/installation.hpp"

#include <fmt/format.h>

#include "kernel/program.hpp"

namespace sluice {
namespace {

constexpr const char* kRemedyOfHaproxy = "install the package haproxy";

}   // namespace

Result<UserIds> find_haproxy_user() {
  if (const auto ids = find_user(kHaproxyUser)) return *ids;
  return fail(fmt::format("there is no user {}: {}", kHaproxyUser, kRemedyOfHaproxy));
}

Result<std::string> find_haproxy() {
  if (auto path = find_program("haproxy")) return std::move(*path);
  return fail(fmt::format("haproxy is not installed: {}", kRemedyOfHaproxy));
}

ProbeRow probe_haproxy() {
  ProbeRow row{.name = "haproxy", .state = ProbeState::kWarning};
  row.remedy = kRemedyOfHaproxy;
  row.gain = "sites are served by their names, with certificates and tokens";
  if (!find_haproxy()) {
    row.finding = "HAProxy is not installed";
    row.reason = "it is in none of the folders of programs";
    return row;
  }
  if (!find_haproxy_user()) {
    row.finding = fmt::format("there is no user {}", kHaproxyUser);
    row.reason = "what reads requests of strangers is not run as root";
    return row;
  }
  return {"haproxy", ProbeState::kGood, "HAProxy is installed, and serves sites", "", "", ""};
}

}   // namespace sluice
