// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice cleanup`: with the daemon, which then ends, or in the place of one that is gone.
#include <fmt/format.h>

#include <filesystem>

#include "api/router.hpp"
#include "cli/arguments.hpp"
#include "cli/cells.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/machine.hpp"
#include "cli/report.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

bool same_directory(const std::filesystem::path& one, const std::filesystem::path& other) {
  std::error_code ignored;
  const auto plain = [&](const std::filesystem::path& path) {
    return std::filesystem::weakly_canonical(path / "", ignored);
  };
  return plain(one) == plain(other);
}

// Several daemons may run side by side: who names one daemon's directories must not take down another.
Result<> same_place(const Call& call, const json& status, std::string_view option) {
  const auto& place = member(member(status, "paths"), option);
  if (!call.arguments.has(option) || !place.is_string()) return {};
  if (same_directory(place.get<std::string>(), call.arguments.value(option))) return {};
  return fail(
      fmt::format("the sluiced on {} has its {} in {}, not in {}: name the right one with --socket",
                  call.client.socket().native(), option, text_of(place), call.arguments.value(option)),
      ErrorKind::kUsage);
}

ApiResult cleanup_by_daemon(const Call& call) {
  const auto status = TRY(call.client.get("/v1/status"));
  TRY(same_place(call, status, "state"));
  TRY(same_place(call, status, "pins"));
  return call.client.post("/v1/cleanup", json::object());
}

ApiResult cleanup(const Call& call) {
  auto answer = cleanup_by_daemon(call);
  if (answer || answer.error().error.kind != ErrorKind::kUnreachable) return answer;
  const auto removed = TRY(call.machine.cleanup(call.arguments.value("state", kDefaultState),
                                                call.arguments.value("pins", kDefaultPins)));
  return json{{"schema_version", kSchemaVersion}, {"removed", removed}};
}

std::string removed_text(const json& answer, const Look&) {
  std::string out;
  for (const auto& line : member(answer, "removed")) out += text_of(line) + "\n";
  return out;
}

}   // namespace

Outcome run_cleanup(Call& call) {
  const auto answer = TRY(cleanup(call));
  call.console.out(render(call, View{.fetch = {}, .table = removed_text}, answer));
  if (member(answer, "removed").empty()) call.console.err("nothing to clean up");
  return kExitDone;
}

}   // namespace sluice::cli
