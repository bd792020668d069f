// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice doctor`: what this machine can do; works without the daemon.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "api/router.hpp"
#include "cli/arguments.hpp"
#include "cli/cells.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/doctor_text.hpp"
#include "cli/machine.hpp"
#include "cli/report.hpp"
#include "model/address.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

// The daemon's unit hides processes from it.
std::string target_with(const std::set<uint16_t>& sshd_ports) {
  if (sshd_ports.empty()) return "/v1/doctor";
  return fmt::format("/v1/doctor?sshd={}", fmt::join(sshd_ports, ","));
}

ApiResult findings_of(Call& call, bool& told) {
  auto answer = call.client.get(target_with(call.machine.sshd_ports()));
  if (answer || answer.error().error.kind == ErrorKind::kFailed) return answer;
  if (!std::exchange(told, true)) call.console.err(answer.error().error.message);
  auto findings = call.machine.doctor(call.arguments.value("state", kDefaultState),
                                      call.arguments.value("pins", kDefaultPins));
  findings["schema_version"] = kSchemaVersion;
  return findings;
}

ApiResult examine(Call& call, bool& told) {
  json findings = TRY(findings_of(call, told));
  for (const std::string& address : call.arguments.values("probe"))
    findings["checks"].push_back(call.machine.probe(*IpAddress::parse(address)));
  return findings;
}

bool is_usable(const json& engine) { return member(engine, "usable") == true; }

// What one engine lacks is no harm while the other can run.
bool is_ill(const json& findings) {
  const bool has_engine = std::ranges::any_of(member(findings, "engines"), is_usable);
  return std::ranges::any_of(member(findings, "checks"), [&](const json& check) {
    return member(check, "state") == "bad" && !(has_engine && member(check, "engine").is_string());
  });
}

}   // namespace

Outcome run_doctor(Call& call) {
  for (const std::string& address : call.arguments.values("probe"))
    if (!IpAddress::parse(address))
      return fail(fmt::format("doctor: --probe \"{}\" is no address", address), ErrorKind::kUsage);
  bool told = false;
  const View view{.fetch = [&] { return examine(call, told); }, .table = doctor_text, .rows = "checks"};
  const auto last = TRY(report(call, view));
  return is_ill(last) ? kExitFailed : kExitDone;
}

}   // namespace sluice::cli
