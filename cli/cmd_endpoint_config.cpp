// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice endpoint config`, `sluice endpoint history` and `sluice endpoint export`: what clients are given.
// It may hold private keys, so files are the caller's alone.
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "api/target.hpp"
#include "base/file.hpp"
#include "base/name.hpp"
#include "cli/arguments.hpp"
#include "cli/cells.hpp"
#include "cli/columns.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/report.hpp"
#include "cli/terminal_text.hpp"
#include "network/qr.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

constexpr unsigned kOwnerOnly = 0600, kOwnerOnlyDirectory = 0700;

struct Config {
  std::string text;
  bool is_complete = false;   // with the private key
};

std::expected<Config, ApiError> fetch_config(const Call& call, const std::string& network,
                                             const std::string& name) {
  QueryFields fields{{"network", network}, {"name", name}};
  if (call.arguments.has("version")) fields.insert({"version", call.arguments.value("version")});
  const auto answer = TRY(call.client.get("/v1/endpoint-config?" + encode_query(fields)));
  const auto& text = member(answer, "text");
  if (!text.is_string()) return std::unexpected(Error{"sluiced answered without a configuration"});
  return Config{text.get<std::string>(), member(answer, "private_key_kept") == true};
}

Result<> print(const Call& call, const std::string& text) {
  if (call.arguments.has("qr")) {
    call.console.out(TRY(qr_text(text)));
  } else if (!call.arguments.has("png") && !call.arguments.has("file")) {
    call.console.out(call.console.is_terminal() ? escape_for_terminal(text, true) : text);
  }
  return {};
}

Result<> write_files(const Arguments& arguments, const std::string& text) {
  if (arguments.has("png")) {
    const std::string picture = TRY(qr_png(text));
    TRY(write_file_atomically(arguments.value("png"), picture, kOwnerOnly));
  }
  if (arguments.has("file")) TRY(write_file_atomically(arguments.value("file"), text, kOwnerOnly));
  return {};
}

// In the order of the answer. A name becomes a file's, so it is not taken from the socket as it is.
std::expected<std::vector<std::string>, ApiError> names_in(const Call& call, const std::string& network) {
  const auto answer = TRY(call.client.get("/v1/show/endpoints"));
  std::vector<std::string> names;
  for (const json& row : member(answer, "endpoints")) {
    const json& name = member(row, "name");
    if (member(row, "network") == network && name.is_string() && is_name(name.get_ref<const std::string&>()))
      names.push_back(name);
  }
  if (names.empty())
    return std::unexpected(
        Error{fmt::format("there is no network \"{}\" that has endpoints", network), ErrorKind::kUsage});
  return names;
}

// One that is there stays as it is.
Result<> make_directory(const std::filesystem::path& directory) {
  if (::mkdir(directory.c_str(), kOwnerOnlyDirectory) == 0 || errno == EEXIST) return {};
  return fail_errno(fmt::format("make {}", directory.native()), errno);
}

std::string_view plural(size_t count) { return count == 1 ? "" : "s"; }

}   // namespace

namespace {

// Beside the document, and by its name: "company.json" has "company.key".
Result<bool> write_key_beside(const std::string& document, const char* ending, const json& key) {
  if (!key.is_string()) return false;
  auto file = std::filesystem::path(document).replace_extension(ending);
  if (file == std::filesystem::path(document))
    return fail(
        fmt::format("{} is the name of the key that belongs to it: name the document otherwise", document),
        ErrorKind::kUsage);
  TRY(write_file_atomically(file, key.get<std::string>() + "\n", kOwnerOnly));
  return true;
}

// What is secret goes into files and nowhere else.
Result<> write_document(Call& call, const std::string& text, const json& answer) {
  const json &key = member(answer, "private_key"), &preshared = member(answer, "preshared_key");
  const auto say = [&](const std::string& note) { call.console.err(escape_for_terminal("note: " + note)); };
  const std::string& file = call.arguments.value("file");
  if (!call.arguments.has("file")) {
    call.console.out(call.console.is_terminal() ? escape_for_terminal(text, true) : text);
    if (key.is_string()) say("the private key is not in it: -O FILE writes it beside the document");
  } else {
    if (TRY(write_key_beside(file, ".key", key)))
      say("the private key is in a file beside it, by the same name and .key");
    if (TRY(write_key_beside(file, ".psk", preshared)))
      say("the preshared key is in a file beside it, by the same name and .psk");
    TRY(write_file_atomically(file, text, kOwnerOnly));
  }
  if (!key.is_string())
    say("the private key stays with the other gateway, where the document says it belongs");
  return {};
}

Outcome give_document(Call& call) {
  for (const char* other : {"version", "qr", "png"})
    if (call.arguments.has(other))
      return fail(fmt::format("endpoint config: --sluice and --{} exclude each other", other),
                  ErrorKind::kUsage);
  const auto& operands = call.arguments.operands;
  const auto answer = TRY(call.client.get("/v1/endpoint-document?" +
                                          encode_query({{"network", operands[0]}, {"name", operands[1]}})));
  const auto& text = member(answer, "text");
  if (!text.is_string()) return std::unexpected(Error{"sluiced answered without a document"});
  TRY(write_document(call, text.get<std::string>(), answer));
  return kExitDone;
}

Outcome give_connect_file(Call& call) {
  for (const char* other : {"version", "qr", "png", "sluice"})
    if (call.arguments.has(other))
      return fail(fmt::format("endpoint config: --connect and --{} exclude each other", other),
                  ErrorKind::kUsage);
  const auto& operands = call.arguments.operands;
  const auto answer = TRY(call.client.get("/v1/endpoint-connect?" +
                                          encode_query({{"network", operands[0]}, {"name", operands[1]}})));
  const auto& text = member(answer, "text");
  if (!text.is_string()) return std::unexpected(Error{"sluiced answered without a file"});
  TRY(write_files(call.arguments, text.get<std::string>()));
  TRY(print(call, text.get<std::string>()));
  return kExitDone;
}

}   // namespace

Outcome run_endpoint_config(Call& call) {
  const auto& arguments = call.arguments;
  if (arguments.has("connect")) return give_connect_file(call);
  if (arguments.has("sluice")) return give_document(call);
  if (arguments.has("qr") && arguments.has("png"))
    return fail("endpoint config: --qr and --png exclude each other", ErrorKind::kUsage);
  const Config config = TRY(fetch_config(call, arguments.operands[0], arguments.operands[1]));
  TRY(write_files(arguments, config.text));
  TRY(print(call, config.text));
  if (!config.is_complete && arguments.has("version"))
    call.console.err("note: no private key is in it: the gateway keeps that of the newest version at most");
  else if (!config.is_complete)
    call.console.err("note: the private key is not in it: it stays with the client, who puts it there");
  return kExitDone;
}

Outcome run_endpoint_history(Call& call) {
  const auto& operands = call.arguments.operands;
  const auto query = encode_query({{"network", operands[0]}, {"name", operands[1]}});
  const View view{.fetch = [&] { return call.client.get("/v1/endpoint-history?" + query); },
                  .table =
                      [&](const json& data, const Look& look) {
                        return render_table(columns_of("versions"), member(data, "versions"), look);
                      },
                  .rows = "versions"};
  TRY(report(call, view));
  return kExitDone;
}

Outcome run_endpoint_export(Call& call) {
  const std::string& network = call.arguments.operands[0];
  const std::filesystem::path directory = call.arguments.operands[1];
  const auto names = TRY(names_in(call, network));
  TRY(make_directory(directory));
  size_t incomplete = 0;
  for (const std::string& name : names) {
    const Config config = TRY(fetch_config(call, network, name));
    TRY(write_file_atomically(directory / (name + ".conf"), config.text, kOwnerOnly));
    incomplete += !config.is_complete;
  }
  call.console.err(
      escape_for_terminal(fmt::format("{} configuration{} in {}, {} without the private key", names.size(),
                                      plural(names.size()), directory.native(), incomplete)));
  return kExitDone;
}

}   // namespace sluice::cli
