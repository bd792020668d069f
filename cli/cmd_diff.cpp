// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice diff [A [B]]`: how the meaning of two documents differs. With files it is worked out here.
#include <fmt/format.h>

#include "api/router.hpp"
#include "cli/arguments.hpp"
#include "cli/cells.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/document_file.hpp"
#include "cli/report.hpp"
#include "cli/revision_word.hpp"
#include "cli/terminal_text.hpp"
#include "config/compare.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

constexpr std::string_view kRunning = "running";

bool is_known_to_daemon(const std::string& word) { return word == kRunning || is_number(word); }

std::expected<ComparedDocument, ApiError> fetch_revision(const Call& call, const std::string& word) {
  const std::string query =
      word == kRunning ? "" : fmt::format("?revision={}", TRY(parse_revision_word("diff", word)));
  const auto answer = TRY(call.client.get("/v1/document" + query));
  const json &text = member(answer, "text"), &files = member(answer, "files");
  if (!text.is_string()) return std::unexpected(Error{"sluiced answered without a document"});
  ComparedDocument document{
      fmt::format("revision {}", text_at(answer, "revision")), text.get<std::string>(), {}};
  for (const auto& [name, content] : files.items())
    if (content.is_string()) document.files.emplace(name, content.get<std::string>());
  return document;
}

std::expected<ComparedDocument, ApiError> read_side(const Call& call, const std::string& word) {
  if (is_known_to_daemon(word)) return fetch_revision(call, word);
  auto file = TRY(read_document_and_files(call, word));
  return ComparedDocument{std::move(file.name), std::move(file.text), std::move(file.files)};
}

// {"changes", "text", "schema_version"}
ApiResult compare(const Call& call) {
  const auto& words = call.arguments.operands;
  if (words.empty()) return call.client.get("/v1/diff");
  const auto before = TRY(read_side(call, words[0]));
  const auto after = TRY(read_side(call, words.size() > 1 ? words[1] : std::string(kRunning)));
  const auto difference = TRY(compare_documents(before, after));
  return json{
      {"changes", difference.changes}, {"text", difference.unified}, {"schema_version", kSchemaVersion}};
}

}   // namespace

Outcome run_diff(Call& call) {
  const json answer = TRY(compare(call));
  const json& changes = member(answer, "changes");
  const auto format = call.arguments.value("output", "table");
  if (format.starts_with("json")) {
    call.console.out(
        render(call, {.fetch = {}, .table = {}, .rows = "changes"}, format == "json" ? changes : answer));
  } else if (const json& text = member(answer, "text"); text.is_string()) {
    const auto& bytes = text.get_ref<const std::string&>();
    call.console.out(call.console.is_terminal() ? escape_for_terminal(bytes, true) : bytes);
  }
  return changes.empty() ? kExitDone : kExitDifferent;
}

}   // namespace sluice::cli
