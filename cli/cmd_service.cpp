// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice service drain` and `undrain`: edits of the document in force.
#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/arguments.hpp"
#include "cli/change_request.hpp"
#include "cli/commands.hpp"
#include "cli/plan_text.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

constexpr std::chrono::hours kLongestDrain{30 * 24};

// SERVICE BACKEND
json backend_of(const Arguments& arguments) {
  json body = {{"service", arguments.operands[0]}, {"backend", arguments.operands[1]}};
  put_author(body, arguments);
  return body;
}

Result<int64_t> drain_seconds(const Arguments& arguments) {
  const std::string text = arguments.value("for");
  const auto duration = parse_duration(text);
  if (duration && duration->count() >= 1 && *duration <= kLongestDrain) return duration->count();
  return fail(fmt::format("service drain: --for: \"{}\" is no time from 1s to 30d, such as 60s or 10m", text),
              ErrorKind::kUsage);
}

}   // namespace

Outcome run_service_drain(Call& call) {
  json body = backend_of(call.arguments);
  if (call.arguments.has("for")) body["seconds"] = TRY(drain_seconds(call.arguments));
  return show_change(call, TRY(call.client.post("/v1/services/drain", body)));
}

Outcome run_service_undrain(Call& call) {
  return show_change(call, TRY(call.client.post("/v1/services/undrain", backend_of(call.arguments))));
}

}   // namespace sluice::cli
