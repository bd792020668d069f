// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice apply FILE`: the machine matches the document when this ends with 0.
#include "cli/commands.hpp"
#include "cli/document_file.hpp"
#include "cli/plan_text.hpp"

namespace sluice::cli {

Outcome run_apply(Call& call) {
  auto document = TRY(read_document_and_files(call));
  return show_change(call, TRY(call.client.post("/v1/apply", request_of(call, std::move(document)))));
}

}   // namespace sluice::cli
