// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice explain`: what would become of a packet. The daemon knows; what is wrong with the words it says
// too.
#include "api/target.hpp"
#include "cli/arguments.hpp"
#include "cli/cells.hpp"
#include "cli/columns.hpp"
#include "cli/commands.hpp"
#include "cli/report.hpp"

namespace sluice::cli {
namespace {

std::string target_of(const Arguments& arguments) {
  QueryFields fields;
  for (const char* option : {"in", "protocol", "source", "destination"})
    fields[option] = arguments.value(option);
  if (arguments.has("new")) fields["new"] = "1";
  return "/v1/explain?" + encode_query(fields);
}

std::string table_of(const nlohmann::json& answer, const Look& look) {
  return render_table(explain_columns(), member(answer, "stages"), look);
}

}   // namespace

Outcome run_explain(Call& call) {
  const std::string target = target_of(call.arguments);
  TRY(report(call, {.fetch = [&] { return call.client.get(target); }, .table = table_of, .rows = {}}));
  return kExitDone;
}

}   // namespace sluice::cli
