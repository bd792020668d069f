// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice doctor`: what this machine can do; works without the daemon.
#include <algorithm>
#include <utility>

#include "api/router.hpp"
#include "cli/cells.hpp"
#include "cli/columns.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/machine.hpp"
#include "cli/report.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

ApiResult examine(Call& call, bool& told) {
  auto answer = call.client.get("/v1/doctor");
  if (answer || answer.error().error.kind == ErrorKind::kFailed) return answer;
  if (!std::exchange(told, true)) call.console.err(answer.error().error.message);
  auto findings = call.machine.doctor();
  findings["schema_version"] = kSchemaVersion;
  return findings;
}

std::string doctor_text(const json& findings, const Look& look) {
  std::string out = render_table(doctor_check_columns(), member(findings, "checks"), look);
  const auto& interfaces = member(findings, "interfaces");
  if (!interfaces.empty()) out += "\n" + render_table(doctor_interface_columns(), interfaces, look);
  return out;
}

}   // namespace

Outcome run_doctor(Call& call) {
  bool told = false;
  const View view{.fetch = [&] { return examine(call, told); }, .table = doctor_text, .rows = "checks"};
  const auto last = TRY(report(call, view));
  const auto is_bad = [](const json& check) { return member(check, "state") == "bad"; };
  return std::ranges::any_of(member(last, "checks"), is_bad) ? kExitFailed : kExitDone;
}

}   // namespace sluice::cli
