// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice confirm`, `sluice rollback` and `sluice history`: the life of revisions.
#include <fmt/format.h>

#include "base/number.hpp"
#include "cli/arguments.hpp"
#include "cli/cells.hpp"
#include "cli/change_request.hpp"
#include "cli/cluster_wait.hpp"
#include "cli/columns.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/plan_text.hpp"
#include "cli/report.hpp"
#include "cli/revision_word.hpp"

namespace sluice::cli {

using nlohmann::json;

Outcome run_confirm(Call& call) {
  json body = json::object();
  put_author(body, call.arguments);
  const json answer = TRY(call.client.post("/v1/confirm", body));
  const View view{.fetch = {}, .table = [](const json&, const Look&) { return ""; }};
  call.console.out(render(call, view, answer));
  TRY(await_cluster(call, answer));
  call.console.err(fmt::format("revision {} is confirmed", text_at(answer, "revision")));
  return kExitDone;
}

Outcome run_rollback(Call& call) {
  json body = json::object();
  put_author(body, call.arguments);
  if (!call.arguments.operands.empty())
    body["revision"] = TRY(parse_revision_word("rollback", call.arguments.operands[0]));
  return show_change(call, TRY(call.client.post("/v1/rollback", body)));
}

Outcome run_history(Call& call) {
  std::string target = "/v1/history";
  if (call.arguments.has("number")) {
    const auto text = call.arguments.value("number");
    const auto number = whole_number<uint32_t>(text);
    if (!number || *number == 0)
      return fail(fmt::format("history: --number: \"{}\" is not a number from 1", text), ErrorKind::kUsage);
    target += fmt::format("?limit={}", *number);
  }
  const View view{.fetch = [&] { return call.client.get(target); },
                  .table =
                      [](const json& data, const Look& look) {
                        return render_table(columns_of("history"), member(data, "history"), look);
                      },
                  .rows = "history"};
  TRY(report(call, view));
  return kExitDone;
}

}   // namespace sluice::cli
