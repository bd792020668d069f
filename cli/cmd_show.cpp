// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice show OBJECT`: one table for each kind of object (columns.cpp).
#include "base/text.hpp"
#include "cli/arguments.hpp"
#include "cli/cells.hpp"
#include "cli/columns.hpp"
#include "cli/commands.hpp"
#include "cli/report.hpp"

namespace sluice::cli {

Outcome run_show(Call& call) {
  const std::string object(split(call.command.name, ' ')[1]);
  if ((object == "flows" || object == "mappings") && !call.arguments.has("watch")) {
    TRY(report_rows(call, object, columns_of(object)));
    return kExitDone;
  }
  const View view{
      .fetch = [&] { return call.client.get("/v1/show/" + object); },
      .table = [&](const nlohmann::json& data,
                   const Look& look) { return render_table(columns_of(object), member(data, object), look); },
      .rows = object};
  TRY(report(call, view));
  return kExitDone;
}

}   // namespace sluice::cli
