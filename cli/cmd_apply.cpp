// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice apply FILE`: the machine matches the document when this ends with 0.
#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/document_file.hpp"
#include "cli/plan_text.hpp"

namespace sluice::cli {

namespace {

Result<int64_t> confirm_seconds(const Arguments& arguments) {
  const std::string text = arguments.value("confirm");
  const auto duration = parse_duration(text);
  if (duration && duration->count() >= 1 && *duration <= kLongestConfirmation) return duration->count();
  return fail(fmt::format("apply: --confirm: \"{}\" is no time from 1s to 24h, such as 60s or 10m", text),
              ErrorKind::kUsage);
}

}   // namespace

Outcome run_apply(Call& call) {
  const bool must_confirm = call.arguments.has("confirm");
  const int64_t seconds = must_confirm ? TRY(confirm_seconds(call.arguments)) : 0;
  auto document = TRY(read_document_and_files(call));
  auto body = request_of(call, std::move(document));
  if (must_confirm) body["confirm_seconds"] = seconds;
  return show_change(call, TRY(call.client.post("/v1/apply", body)));
}

}   // namespace sluice::cli
