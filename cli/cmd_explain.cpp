// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice explain`: what would become of a packet. The daemon knows; what is wrong with the words it says
// too.
#include <fmt/format.h>

#include "api/target.hpp"
#include "cli/arguments.hpp"
#include "cli/cells.hpp"
#include "cli/columns.hpp"
#include "cli/commands.hpp"
#include "cli/explain_watch.hpp"
#include "cli/report.hpp"

namespace sluice::cli {
namespace {

Result<> check_question(const Arguments& arguments) {
  if (!arguments.operands.empty())
    return fail("explain: FILTER says which packets to follow, and --watch is missing", ErrorKind::kUsage);
  for (const char* option : {"count", "drops", "forward", "zone", "vrf", "endpoint", "reason"})
    if (arguments.has(option))
      return fail(fmt::format("explain: --{} says which packets to follow, and --watch is missing", option),
                  ErrorKind::kUsage);
  for (const char* option : {"protocol", "destination"})
    if (!arguments.has(option))
      return fail(
          fmt::format("explain: --{} is missing, for example: {}", option, arguments.command->example),
          ErrorKind::kUsage);
  return {};
}

// An endpoint of a network says both where the packet comes in and from which address.
Result<std::string> target_of(const Arguments& arguments) {
  const bool by_name = arguments.has("from");
  if (by_name && (arguments.has("in") || arguments.has("source")))
    return fail("explain: --from says what --in and --source would say", ErrorKind::kUsage);
  if (!by_name && !arguments.has("source"))
    return fail("explain: --from NETWORK/NAME is missing, or --in INTERFACE and --source ADDRESS:PORT",
                ErrorKind::kUsage);
  QueryFields fields;
  for (const char* option : {"in", "protocol", "source", "destination"})
    if (arguments.has(option)) fields[option] = arguments.value(option);
  if (by_name) fields["source"] = arguments.value("from");
  if (arguments.has("new")) fields["new"] = "1";
  return "/v1/explain?" + encode_query(fields);
}

std::string table_of(const nlohmann::json& answer, const Look& look) {
  return render_table(explain_columns(), member(answer, "stages"), look);
}

}   // namespace

Outcome run_explain(Call& call) {
  if (call.arguments.has("watch")) return watch_explained(call);
  TRY(check_question(call.arguments));
  const std::string target = TRY(target_of(call.arguments));
  TRY(report(call, {.fetch = [&] { return call.client.get(target); }, .table = table_of, .rows = {}}));
  return kExitDone;
}

}   // namespace sluice::cli
