// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice flow kill`: a flow is over now.
#include "api/target.hpp"
#include "cli/arguments.hpp"
#include "cli/cells.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/report.hpp"

namespace sluice::cli {

Outcome run_flow_kill(Call& call) {
  QueryFields fields;
  for (const char* option : {"protocol", "source", "destination", "vrf"})
    if (call.arguments.has(option)) fields[option] = call.arguments.value(option);
  const auto killed = TRY(call.client.remove("/v1/flows?" + encode_query(fields)));
  const View view{.fetch = {}, .table = [](const nlohmann::json& data, const Look&) {
                    return "killed: " + text_at(data, "flow") + "\n";
                  }};
  call.console.out(render(call, view, killed));
  return kExitDone;
}

}   // namespace sluice::cli
