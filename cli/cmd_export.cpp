// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice export [REV]`: the document of a revision, byte for byte.
#include <fmt/format.h>

#include "api/target.hpp"
#include "cli/arguments.hpp"
#include "cli/cells.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/revision_word.hpp"
#include "cli/terminal_text.hpp"

namespace sluice::cli {

Outcome run_export(Call& call) {
  QueryFields fields;
  const auto& operands = call.arguments.operands;
  if (!operands.empty() && operands[0] != "running")
    fields["revision"] = fmt::to_string(TRY(parse_revision_word("export", operands[0])));
  if (call.arguments.has("resolved")) fields["resolved"] = "1";
  const auto query = fields.empty() ? "" : "?" + encode_query(fields);
  const auto answer = TRY(call.client.get("/v1/document" + query));
  const auto& text = member(answer, "text");
  if (!text.is_string()) return fail("sluiced answered without a document");
  const auto& bytes = text.get_ref<const std::string&>();
  // A comment may hold anything; only a terminal has to be protected from it.
  call.console.out(call.console.is_terminal() ? escape_for_terminal(bytes, true) : bytes);
  return kExitDone;
}

}   // namespace sluice::cli
