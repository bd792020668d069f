// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice backup` and `sluice restore`. The passphrase stays in this process: the daemon gets and gives the
// content, which only root may have.
#include <fmt/format.h>

#include <filesystem>

#include "base/file.hpp"
#include "cli/arguments.hpp"
#include "cli/cells.hpp"
#include "cli/change_request.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/document_file.hpp"
#include "cli/passphrase.hpp"
#include "cli/plan_text.hpp"
#include "cli/report.hpp"
#include "cli/terminal_text.hpp"
#include "seal/sealed_file.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

constexpr unsigned kSecret = 0600;
constexpr size_t kKeyFileBytes = 4096;

std::unexpected<Error> misuse(std::string text) { return fail(std::move(text), ErrorKind::kUsage); }

Result<ExitStatus> generate_key(Call& call) {
  const std::string file = call.arguments.value("generate-key");
  if (!call.arguments.operands.empty() || call.arguments.has("to") || call.arguments.has("passphrase-file"))
    return misuse("backup: --generate-key makes a pair of keys and no backup: give it alone");
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(file, ignored)))
    return misuse(fmt::format("{} is there already, and backups may need it", file));
  const SealKeyPair keys = make_seal_keys();
  TRY(write_file_atomically(file, secret_text(keys) + "\n", kSecret));
  call.console.out(public_text(keys.public_key) + "\n");
  call.console.err(escape_for_terminal(
      fmt::format("the secret key is in {}: keep it where this machine's disk is not", file)));
  return kExitDone;
}

// What is sealed with is known before the daemon is asked.
struct Sealer {
  std::optional<SealKey> key;
  std::string passphrase;

  Result<std::string> seal(std::string_view content) const {
    return key ? seal_for_key(content, *key) : seal_with_passphrase(content, passphrase);
  }
};

Result<Sealer> sealer_of(const Call& call) {
  Sealer sealer;
  if (!call.arguments.has("to")) {
    sealer.passphrase = TRY(passphrase_of(call, true));
    return sealer;
  }
  if (call.arguments.has("passphrase-file"))
    return misuse("backup: --to and --passphrase-file exclude each other");
  sealer.key = TRY_TO("backup: --to", parse_public(call.arguments.value("to")));
  return sealer;
}

Result<> write_backup(const Call& call, const std::string& file, std::string_view sealed) {
  if (file != "-") return write_file_atomically(file, sealed, kSecret);
  call.console.out(sealed);
  return {};
}

std::string told_of(const json& answer, const std::string& file) {
  std::string text =
      fmt::format("revision {} of {} and {} kept with it are in {}", text_at(answer, "revision"),
                  text_at(answer, "host"), text_at(answer, "revisions"), file);
  if (member(answer, "left_out") != 0)
    text +=
        fmt::format("\nnote: there was no room for the oldest revisions: {}", text_at(answer, "left_out"));
  return text;
}

Result<std::string> open_backup(const Call& call, const std::string& file) {
  const auto& arguments = call.arguments;
  if (TRY(sealed_for(file)) == SealedFor::kPassphrase && !arguments.has("key-file"))
    return open_with_passphrase(file, TRY(passphrase_of(call, false)));
  if (!arguments.has("key-file"))
    return misuse("it is sealed for a public key: --key-file names the file with the secret one");
  const std::string name = arguments.value("key-file");
  const std::string text = TRY(read_file_or_pipe(name, kKeyFileBytes));
  return open_with_key(file, TRY_TO(name, parse_secret(text)));
}

Result<json> restore_request(const Call& call) {
  const std::string& name = call.arguments.operands[0];
  json body = json::object();
  TRY(put_confirm_seconds(body, call));
  put_list(body, "map", call.arguments, "map");
  put_switch(body, "dry_run", call.arguments, "dry-run");
  put_switch(body, "replace", call.arguments, "replace");
  put_author(body, call.arguments);
  const std::string sealed = TRY(read_input(call, name, kMostSealedBytes));
  body["backup"] = TRY_TO(name == "-" ? "stdin" : name, open_backup(call, sealed));
  return body;
}

ExitStatus show_dry_run(const Call& call, const json& answer) {
  const View view{.fetch = {}, .table = plan_text, .rows = "steps"};
  call.console.out(render(call, view, answer));
  for (const json& warning : member(answer, "warnings"))
    call.console.err(escape_for_terminal(warning_line(text_of(warning))));
  call.console.err("nothing was changed");
  return kExitDone;
}

}   // namespace

Outcome run_backup(Call& call) {
  if (call.arguments.has("generate-key")) return TRY(generate_key(call));
  if (call.arguments.operands.empty())
    return misuse(fmt::format("backup: FILE is missing, for example: {}", call.command.example));
  const std::string& file = call.arguments.operands[0];
  if (file == "-" && call.console.is_terminal())
    return misuse("backup: a backup is no text for a terminal: send it into a file");
  const Sealer sealer = TRY(sealer_of(call));
  const json answer = TRY(call.client.post("/v1/backup", json::object()));
  const json& content = member(answer, "backup");
  if (!content.is_string()) return fail("sluiced answered without a backup");
  TRY(write_backup(call, file, TRY(sealer.seal(content.get_ref<const std::string&>()))));
  call.console.err(escape_for_terminal(told_of(answer, file), true));
  return kExitDone;
}

Outcome run_restore(Call& call) {
  const json body = TRY(restore_request(call));
  const json answer = TRY(call.client.post("/v1/restore", body));
  call.console.err(
      escape_for_terminal(fmt::format("backup of {}, {}, revision {}", text_at(answer, "host"),
                                      text_at(answer, "time"), text_at(answer, "from_revision"))));
  return call.arguments.has("dry-run") ? show_dry_run(call, answer) : show_change(call, answer);
}

}   // namespace sluice::cli
