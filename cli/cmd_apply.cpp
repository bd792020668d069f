// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice apply FILE`: the machine matches the document when this ends with 0.
#include "cli/arguments.hpp"
#include "cli/change_request.hpp"
#include "cli/commands.hpp"
#include "cli/document_file.hpp"
#include "cli/plan_text.hpp"

namespace sluice::cli {

Outcome run_apply(Call& call) {
  auto confirm = nlohmann::json::object();
  TRY(put_confirm_seconds(confirm, call));
  auto body = request_of(call, TRY(read_document_and_files(call)));
  body.update(confirm);
  return show_change(call, TRY(call.client.post("/v1/apply", body)));
}

}   // namespace sluice::cli
