// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice check FILE`: form and meaning, without a daemon and without root.
#include <fmt/format.h>

#include <algorithm>

#include "api/router.hpp"
#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/document_file.hpp"
#include "cli/plan_text.hpp"
#include "cli/report.hpp"
#include "cli/terminal_text.hpp"

namespace sluice::cli {
namespace {

std::string number_of(size_t count, std::string_view one, std::string_view many) {
  return count == 0 ? "" : fmt::format("{} {}", count, count == 1 ? one : many);
}

// "4 policies, 2 forwards, 1 masquerade"
std::string summary(const Document& document) {
  std::string out;
  const auto forwards = static_cast<size_t>(
      std::ranges::count_if(document.forwards, [](const Forward& forward) { return !forward.service; }));
  for (const auto& part :
       {number_of(document.interfaces.size(), "interface", "interfaces"),
        number_of(document.policies.size(), "policy", "policies"), number_of(forwards, "forward", "forwards"),
        number_of(document.services.size(), "service", "services"),
        number_of(document.masquerades.size(), "masquerade", "masquerades"),
        number_of(document.static_mappings.size(), "static mapping", "static mappings")})
    if (!part.empty()) out += (out.empty() ? "" : ", ") + part;
  return out.empty() ? "nothing in it" : out;
}

nlohmann::json result_of(const DocumentFile& document, const CheckResult& checked) {
  return {{"schema_version", kSchemaVersion},
          {"file", document.name},
          {"valid", checked.has_value()},
          {"complaints", checked ? nlohmann::json::array() : json_of(checked.error())},
          {"warnings", checked ? checked->warnings : std::vector<std::string>{}}};
}

void say_valid(const Call& call, const DocumentFile& document, const Checked& checked) {
  for (const auto& warning : checked.warnings)
    call.console.err(escape_for_terminal(warning_line(warning), true));
  call.console.err(
      escape_for_terminal(fmt::format("{}: {}: valid", document.name, summary(checked.document))));
}

std::optional<EngineKind> engine_of(const Call& call) {
  for (const EngineKind engine : kEngineKinds)
    if (call.arguments.value("engine") == to_string(engine)) return engine;
  return std::nullopt;
}

bool wants_json(const Call& call) { return call.arguments.value("output").starts_with("json"); }

}   // namespace

Outcome run_check(Call& call) {
  const auto document = TRY(read_document_and_files(call));
  const auto checked = check_document(document.text, document.name, engine_of(call), document.files);
  const View view{
      .fetch = {}, .table = [](const nlohmann::json&, const Look&) { return ""; }, .rows = "complaints"};
  call.console.out(render(call, view, result_of(document, checked)));
  if (checked)
    say_valid(call, document, *checked);
  else if (!wants_json(call))
    return std::unexpected(refused(document, checked.error()));
  return checked ? kExitDone : kExitInvalidDocument;
}

}   // namespace sluice::cli
