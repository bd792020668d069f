// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice plan FILE`: asks the daemon, and works it out itself where none answers.
#include <algorithm>
#include <utility>

#include "api/router.hpp"
#include "cli/arguments.hpp"
#include "cli/cells.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/document_file.hpp"
#include "cli/machine.hpp"
#include "cli/plan_text.hpp"
#include "cli/report.hpp"

namespace sluice::cli {
namespace {

ApiResult plan_without_daemon(Call& call, const DocumentFile& document) {
  const auto checked = check_document(document.text, document.name, {}, document.files);
  if (!checked) return std::unexpected(refused(document, checked.error()));
  auto plan = TRY(call.machine.plan(checked->document));
  plan["schema_version"] = kSchemaVersion;
  return plan;
}

// What the daemon says of the document counts; what says only that there is no daemon for us does not.
bool is_answer(const ApiResult& result) {
  return result || (result.error().error.kind != ErrorKind::kUnreachable &&
                    result.error().error.kind != ErrorKind::kNotPermitted);
}

// Whether nobody answered is told once, and not at every turn of --watch.
ApiResult plan(Call& call, const DocumentFile& document, bool& told) {
  auto answer = call.client.post("/v1/plan", request_of(call, document));
  if (is_answer(answer)) return answer;
  if (!std::exchange(told, true)) {
    const bool denied = answer.error().error.kind == ErrorKind::kNotPermitted;
    call.console.err(denied ? answer.error().error.message + ": planned against this machine without it"
                            : "sluiced does not answer: planned against this machine without it");
  }
  return plan_without_daemon(call, document);
}

}   // namespace

Outcome run_plan(Call& call) {
  const auto document = TRY(read_document_and_files(call));
  bool told = false;
  const View view{.fetch = [&] { return plan(call, document, told); }, .table = plan_text, .rows = "steps"};
  const auto last = TRY(report(call, view));
  const bool different = !member(last, "steps").empty();
  return different && call.arguments.has("exit-code") ? kExitDifferent : kExitDone;
}

}   // namespace sluice::cli
