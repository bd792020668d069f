// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice bundle`: what somebody who helps wants to see, in one file. The daemon takes the secrets out, so
// none of them is in this process.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "api/router.hpp"
#include "base/file.hpp"
#include "cli/archive.hpp"
#include "cli/arguments.hpp"
#include "cli/cells.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/machine.hpp"
#include "cli/terminal_text.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

constexpr unsigned kBundleMode = 0600;
constexpr size_t kMostBundleBytes = size_t{128} << 20;   // of all files together, as they are in it
constexpr std::string_view kBundleFolder = "sluice-bundle", kJournalPart = "journal";
constexpr std::string_view kBundleReadme =
    "What `sluice bundle` found on a gateway. Secrets were taken out where this says [removed]: keys, "
    "tokens,\n"
    "passwords, and of URLs all but the host. Comments were taken out of documents. Names and addresses are "
    "in\n"
    "it, and so is who did what. docs/bundle.md says more.\n";

// A name of a file in the archive comes from the socket.
bool is_archive_name(std::string_view name) {
  constexpr std::string_view kBytes = "abcdefghijklmnopqrstuvwxyz0123456789-./";
  return !name.empty() && name.front() != '/' && name.find("..") == std::string_view::npos &&
         name.find_first_not_of(kBytes) == std::string_view::npos;
}

class BundleContent {
 public:
  void add(const std::string& name, std::string text) {
    if (!is_archive_name(name)) return;
    if (text.size() > kMostBundleBytes - bytes_)
      return note(fmt::format("{}: there was no room for it", name));
    bytes_ += text.size();
    files_[name] = std::move(text);
  }
  void note(std::string text) { notes_.push_back(std::move(text)); }
  void take(const json& part) {
    for (const auto& [name, text] : member(part, "files").items())
      if (text.is_string()) add(name, text.get<std::string>());
    for (const json& text : member(part, "notes")) note(text_of(text));
  }
  const std::vector<std::string>& notes() const { return notes_; }
  Result<std::string> archive() {
    std::string text(kBundleReadme);
    text += notes_.empty() ? "\nNothing is missing.\n" : "\nWhat is not in it, or not all of it:\n";
    for (const std::string& note : notes_) text += "- " + note + "\n";
    files_["readme.txt"] = std::move(text);
    return archive_of(kBundleFolder, files_);
  }

 private:
  NamedTexts files_;
  std::vector<std::string> notes_;
  size_t bytes_ = 0;
};

void add_journal(const Call& call, BundleContent& content) {
  std::string lines;
  const auto each = [&](const json& row) {
    if (lines.size() < kMostBundleBytes) lines += row.dump() + "\n";
  };
  const auto answer = call.client.get_rows("/v1/bundle/journal", kJournalPart, each);
  if (!answer) return content.note(fmt::format("journal.jsonl: {}", answer.error().error.message));
  if (lines.empty()) content.note("journal.jsonl: the journal has no entry of sluiced of the last day");
  content.add("journal.jsonl", std::move(lines));
}

// Where nobody answers, what this process finds out by itself.
void add_without_daemon(const Call& call, BundleContent& content) {
  content.add("doctor.json", call.machine.doctor(kDefaultState, kDefaultPins).dump(2) + "\n");
}

std::expected<BundleContent, ApiError> collect_bundle(const Call& call) {
  BundleContent content;
  for (const std::string_view part : kBundleParts) {
    if (part == kJournalPart) continue;
    const auto answer = call.client.get(fmt::format("/v1/bundle/{}", part));
    if (answer) {
      content.take(*answer);
      continue;
    }
    const Error& error = answer.error().error;
    if (error.kind == ErrorKind::kNotPermitted) return std::unexpected(answer.error());
    content.note(fmt::format("{}: {}", part, error.message));
    if (error.kind != ErrorKind::kUnreachable) continue;
    add_without_daemon(call, content);
    return content;
  }
  add_journal(call, content);
  return content;
}

// Whether something is there: somebody may want to keep it.
bool is_taken(const std::string& file) {
  std::error_code ignored;
  return std::filesystem::exists(std::filesystem::symlink_status(file, ignored));
}

}   // namespace

Outcome run_bundle(Call& call) {
  const std::string& file = call.arguments.operands[0];
  const bool is_stdout = file == "-";
  if (is_stdout && call.console.is_terminal())
    return fail("bundle: an archive is no text for a terminal: send it into a file", ErrorKind::kUsage);
  if (!is_stdout && is_taken(file))
    return fail(fmt::format("{} is there already: name another file", file), ErrorKind::kUsage);
  BundleContent content = TRY(collect_bundle(call));
  const std::string archive = TRY(content.archive());
  if (is_stdout)
    call.console.out(archive);
  else
    TRY(write_new_file(file, archive, kBundleMode));
  for (const std::string& note : content.notes()) call.console.err(escape_for_terminal("note: " + note));
  call.console.err(escape_for_terminal(fmt::format(
      "{} is without secrets, and has names and addresses of your network: look before you send it",
      is_stdout ? "it" : file)));
  return kExitDone;
}

}   // namespace sluice::cli
